/** Every command by its id. What package.json contributes is held against this table by a test. Pure. */
import type { Grouping } from '../runs/groups.ts';

export const COMMANDS = {
  'trainyard.trainModel': 'Train Model…',
  'trainyard.trainWithChanges': 'Train with Changes…',
  'trainyard.trainCurrentFile': 'Train Current File',
  'trainyard.debugTraining': 'Debug Training',
  'trainyard.abortTraining': 'Abort Training',
  'trainyard.rerunTraining': 'Rerun Training',
  'trainyard.removeTraining': 'Remove Training',
  'trainyard.exploreMetrics': 'Explore Metrics',
  'trainyard.compareRuns': 'Compare Runs',
  'trainyard.exportMetrics': 'Export Metrics…',
  'trainyard.showLogs': 'Show Logs',
  'trainyard.showModel': 'Show Model',
  'trainyard.showDiagnosis': 'Show Diagnosis',
  'trainyard.copyModelId': 'Copy Model ID',
  'trainyard.copyExecutionId': 'Copy Execution ID',
  'trainyard.showTrainingTable': 'Show Training Table',
  'trainyard.showService': 'Show Service',
  'trainyard.configureService': 'Configure Service…',
  'trainyard.showServiceExecutions': 'Show Service Executions',
  'trainyard.pauseService': 'Pause Service',
  'trainyard.resumeService': 'Resume Service',
  'trainyard.retryNow': 'Retry Now',
  'trainyard.setAutoScaling': 'Set Auto-Scaling…',
  'trainyard.searchRuns': 'Search Runs…',
  'trainyard.filterByStatus': 'Filter by Status…',
  'trainyard.clearFilter': 'Clear Filter',
  'trainyard.createExampleProject': 'Create Example Project',
  'trainyard.showLog': 'Show Log',
  'trainyard.connectToBackend': 'Connect to Backend…',
  'trainyard.restartBackend': 'Restart Backend',
  'trainyard.stopBackend': 'Stop Backend',
} as const;

export type CommandId = keyof typeof COMMANDS;

/**
 * The entries of the submenu *Group By*. VS Code marks no entry of an extension's menu: each grouping has a second one with a mark,
 * which stands in its place while that grouping is chosen.
 */
export const GROUP_BY_ENTRIES = {
  status: 'Status',
  service: 'Service',
  model: 'Model',
  none: 'None',
} as const satisfies Record<Grouping, string>;

export const groupByCommand = (grouping: Grouping, chosen: boolean): string =>
  `trainyard.groupBy.${grouping}${chosen ? '.chosen' : ''}`;
