// Stands in for the C++ module by which an extension host notices that its server is gone, and ends itself.
'use strict';

/** Ends this process, with code 87 as the original does, within three seconds after `pid` has ended. */
exports.start = (pid) => {
  const look = () => {
    try {
      process.kill(pid, 0);
    } catch {
      process.reallyExit(87);
    }
  };
  setInterval(look, 3000).unref();
};

exports.exit = (code = 0) => process.reallyExit(code);
