/** What a training is told of MLflow, so that what logs through it logs here. Pure. */

/**
 * How long the client goes on trying, in all some 15 seconds: a backend that is being restarted is back by then (at its old port), and one
 * that stays away doesn't keep a training from going on. The client's own default is minutes.
 */
const PATIENCE = {
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '4',
  MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '1',
  MLFLOW_HTTP_REQUEST_TIMEOUT: '30',
};

/** Who has set any of these logs to a server of their own. */
const OWN = ['MLFLOW_TRACKING_URI', 'MLFLOW_TRACKING_TOKEN', 'MLFLOW_TRACKING_USERNAME', 'MLFLOW_RUN_ID'];

/**
 * No run is named: the first that the program makes is the training itself. A named one would be looked for at a server that the
 * program chooses by itself, too, and end it there.
 * @param uri where the backend can be reached; null: it can't
 * @param token the execution's own
 */
export function withMlflow(
  environment: Readonly<Record<string, string>>,
  uri: string | null,
  token: string,
): Record<string, string> {
  if (uri === null || OWN.some((name) => environment[name] !== undefined)) return { ...environment };
  return {
    ...PATIENCE,
    ...environment,
    ...pastProxies(environment, new URL(uri).hostname),
    MLFLOW_TRACKING_URI: uri,
    MLFLOW_TRACKING_TOKEN: token,
  };
}

/** Nothing that goes to this machine meets a company's proxy. */
function pastProxies(environment: Readonly<Record<string, string>>, host: string): Record<string, string> {
  const proxied = Object.keys(environment).some((name) => /^(https?|all)_proxy$/i.test(name));
  if (!proxied) return {};
  const before = environment['no_proxy'] ?? environment['NO_PROXY'] ?? '';
  if (before.split(',').some((one) => one.trim() === host || one.trim() === '*')) return {};
  const past = before === '' ? host : `${before},${host}`;
  return { no_proxy: past, NO_PROXY: past };
}
