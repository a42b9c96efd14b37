/** Every command by its id. What package.json contributes is held against this table by a test. Pure. */

export const COMMANDS = {
  'trainyard.trainModel': 'Train Model…',
  'trainyard.abortTraining': 'Abort Training',
  'trainyard.rerunTraining': 'Rerun Training',
  'trainyard.removeTraining': 'Remove Training',
  'trainyard.exploreMetrics': 'Explore Metrics',
  'trainyard.showLogs': 'Show Logs',
  'trainyard.copyModelId': 'Copy Model ID',
  'trainyard.copyExecutionId': 'Copy Execution ID',
  'trainyard.createExampleProject': 'Create Example Project',
  'trainyard.showLog': 'Show Log',
  'trainyard.restartBackend': 'Restart Backend',
} as const;

export type CommandId = keyof typeof COMMANDS;
