/** Every command by its id. What package.json contributes is held against this table by a test. Pure. */
import * as l10n from '@vscode/l10n';
import type { Grouping } from '../runs/groups.ts';

export const COMMANDS = {
  'trainyard.trainModel': l10n.t('Train Model…'),
  'trainyard.trainWithChanges': l10n.t('Train with Changes…'),
  'trainyard.trainCurrentFile': l10n.t('Train Current File'),
  'trainyard.debugTraining': l10n.t('Debug Training'),
  'trainyard.abortTraining': l10n.t('Abort Training'),
  'trainyard.rerunTraining': l10n.t('Rerun Training'),
  'trainyard.removeTraining': l10n.t('Remove Training'),
  'trainyard.exploreMetrics': l10n.t('Explore Metrics'),
  'trainyard.compareRuns': l10n.t('Compare Runs'),
  'trainyard.exportMetrics': l10n.t('Export Metrics…'),
  'trainyard.importRuns': l10n.t('Import Runs…'),
  'trainyard.showLogs': l10n.t('Show Logs'),
  'trainyard.showModel': l10n.t('Show Model'),
  'trainyard.showDiagnosis': l10n.t('Show Diagnosis'),
  'trainyard.copyModelId': l10n.t('Copy Model ID'),
  'trainyard.copyExecutionId': l10n.t('Copy Execution ID'),
  'trainyard.showTrainingTable': l10n.t('Show Training Table'),
  'trainyard.showService': l10n.t('Show Service'),
  'trainyard.configureService': l10n.t('Configure Service…'),
  'trainyard.showServiceExecutions': l10n.t('Show Service Executions'),
  'trainyard.pauseService': l10n.t('Pause Service'),
  'trainyard.resumeService': l10n.t('Resume Service'),
  'trainyard.retryNow': l10n.t('Retry Now'),
  'trainyard.setAutoScaling': l10n.t('Set Auto-Scaling…'),
  'trainyard.searchRuns': l10n.t('Search Runs…'),
  'trainyard.filterByStatus': l10n.t('Filter by Status…'),
  'trainyard.clearFilter': l10n.t('Clear Filter'),
  'trainyard.createExampleProject': l10n.t('Create Example Project'),
  'trainyard.showLog': l10n.t('Show Log'),
  'trainyard.connectToBackend': l10n.t('Connect to Backend…'),
  'trainyard.restartBackend': l10n.t('Restart Backend'),
  'trainyard.stopBackend': l10n.t('Stop Backend'),
};

export type CommandId = keyof typeof COMMANDS;

/**
 * An entry of the submenu *Group By*. VS Code marks no entry of an extension's menu: each grouping has a second one with a mark,
 * which stands in its place while that grouping is chosen.
 */
export const groupByCommand = (grouping: Grouping, chosen: boolean): string =>
  `trainyard.groupBy.${grouping}${chosen ? '.chosen' : ''}`;
