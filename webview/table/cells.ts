/** The cells of a row: each is made once, and touches the page only where what it shows has changed. */
import * as l10n from '@vscode/l10n';
import { CHART_COLORS } from '../../src/contract/colors.ts';
import type { ColumnId, RowDetail } from '../../src/contract/pages/table.ts';
import { isOver } from '../../src/contract/status.ts';
import { duration, figureText } from '../../src/contract/words.ts';
import { progressBar } from '../ui/controls.ts';
import { diagnosisName } from '../ui/diagnosis.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { link } from '../ui/link.ts';
import { diagnosisIcon, statusClass, statusIcon } from '../ui/status.ts';
import { exactTimeText, shortTimeText } from '../ui/words.ts';
import { columnOf } from './columns.ts';
import { detailText, durationAt, type Row } from './rows.ts';

/** What cells can ask for. */
export interface CellActions {
  showModel(row: Row): void;
  showService(row: Row): void;
  /** The pointer came to the icon, or left it. */
  lookAtDiagnosis(anchor: HTMLElement, row: Row): void;
  leaveDiagnosis(): void;
  holdDiagnosis(anchor: HTMLElement, row: Row): void;
  detailOf(row: Row): RowDetail | undefined;
}

export interface Cell {
  readonly element: HTMLElement;
  update(row: Row): void;
  /** A second has gone by. */
  tick?: (row: Row) => void;
  /** What Enter does here; a cell without it opens what the row is about. */
  act?: (row: Row) => void;
}

export function cellFor(id: ColumnId, actions: CellActions): Cell {
  const cell = element('td', { role: 'gridcell', tabindex: '-1', class: `cell ${classOf(id)}` });
  switch (id) {
    case 'name':
      return nameCell(cell, actions);
    case 'status':
      return statusCell(cell, actions);
    case 'progress':
      return progressCell(cell);
    case 'service':
      return serviceCell(cell, actions);
    case 'duration':
      return durationCell(cell);
    case 'createdAt':
      return createdCell(cell);
    case 'attempt':
      return textCell(cell, (row) => String(row.attempt));
    case 'host':
      return textCell(cell, (row) => detailText(id, actions.detailOf(row)));
    default:
      return id.startsWith('metric:')
        ? textCell(cell, (row) => metricText(row, id.slice('metric:'.length)))
        : textCell(cell, (row) => detailText(id, actions.detailOf(row)));
  }
}

const classOf = (id: ColumnId): string =>
  `of-${id.includes(':') ? id.slice(0, id.indexOf(':')) : id}${columnOf(id).numeric ? ' numeric' : ''}`;

function metricText(row: Row, figure: string): string {
  const value = row.metrics[figure];
  if (value === undefined) return '';
  // In a column as many digits each, so that points stand under points: 0.880 under 0.877.
  const alike = typeof value === 'number' && !Number.isInteger(value) && Math.abs(value) >= 1e-4;
  return alike && Math.abs(value) < 100 ? value.toPrecision(3) : figureText(value);
}

function textCell(cell: HTMLElement, text: (row: Row) => string, title: (row: Row) => string = text): Cell {
  cell.classList.add('text');
  return {
    element: cell,
    update: (row) => {
      setText(cell, text(row));
      setAttribute(cell, 'title', title(row));
    },
  };
}

function createdCell(cell: HTMLElement): Cell {
  const made = textCell(
    cell,
    (row) => shortTimeText(row.createdAt, new Date()),
    (row) => exactTimeText(row.createdAt),
  );
  // At midnight today is yesterday.
  return { ...made, tick: (row) => made.update(row) };
}

function nameCell(cell: HTMLElement, actions: CellActions): Cell {
  let shown: Row | null = null;
  const name = link(
    '',
    (event) => {
      if (shown !== null && !isChoosing(event)) actions.showModel(shown);
    },
    { tabindex: '-1' },
  );
  const text = element('bdi');
  name.append(text);
  const project = element('span', { class: 'project faint' });
  const color = element('span', { class: 'own-color', title: l10n.t('Compared') });
  cell.append(color, name, project);
  return {
    element: cell,
    update: (row) => {
      shown = row;
      color.hidden = row.slot === null;
      color.style.background =
        row.slot === null ? '' : `var(--vscode-charts-${CHART_COLORS[row.slot % CHART_COLORS.length]})`;
      setText(text, `${row.name} v${row.version}`);
      setAttribute(name, 'title', `${row.name} v${row.version}`);
      setText(project, row.project ?? '');
      project.hidden = row.project === null;
    },
    act: (row) => actions.showModel(row),
  };
}

function serviceCell(cell: HTMLElement, actions: CellActions): Cell {
  let shown: Row | null = null;
  const name = link(
    '',
    (event) => {
      if (shown !== null && !isChoosing(event)) actions.showService(shown);
    },
    { tabindex: '-1' },
  );
  const text = element('bdi');
  name.append(text);
  cell.append(name);
  return {
    element: cell,
    update: (row) => {
      shown = row;
      setText(text, row.service?.name ?? '');
      setAttribute(name, 'title', row.service?.name ?? '');
      name.hidden = row.service === null;
    },
    act: (row) => actions.showService(row),
  };
}

/** With these a click chooses rows, on whatever it falls. */
const isChoosing = (event: MouseEvent): boolean => event.ctrlKey || event.metaKey || event.shiftKey;

function statusCell(cell: HTMLElement, actions: CellActions): Cell {
  let shown: Row | null = null;
  let drawn = '';
  const icon = element('button', { type: 'button', tabindex: '-1' });
  const status = element('span');
  icon.addEventListener('pointerenter', () => shown !== null && actions.lookAtDiagnosis(icon, shown));
  icon.addEventListener('pointerleave', () => actions.leaveDiagnosis());
  icon.addEventListener('click', (event) => {
    event.stopPropagation();
    if (shown !== null) actions.holdDiagnosis(icon, shown);
  });
  cell.append(icon, status);
  return {
    element: cell,
    update: (row) => {
      shown = row;
      const { diagnosis } = row;
      const title = row.stopping ? l10n.t('stopping') : diagnosis === null ? (row.reason ?? '') : '';
      setAttribute(cell, 'title', title);
      const draw = [row.status, row.stopping, diagnosis?.severity, diagnosis?.code].join();
      if (draw === drawn) return;
      drawn = draw;
      icon.hidden = diagnosis === null;
      if (diagnosis !== null) {
        icon.className = `diagnosis ${diagnosis.severity}`;
        icon.setAttribute('aria-label', l10n.t('{0}. Show details', diagnosisName(diagnosis)));
        icon.replaceChildren(diagnosisIcon(diagnosis.severity));
      }
      status.className = `status ${statusClass(row.status)}`;
      status.replaceChildren(
        statusIcon(row.status),
        row.stopping ? l10n.t('{0}, stopping', row.status) : row.status,
      );
    },
    act: (row) => (row.diagnosis === null ? actions.showModel(row) : actions.holdDiagnosis(icon, row)),
  };
}

function progressCell(cell: HTMLElement): Cell {
  const { bar, set } = progressBar(l10n.t('Progress'));
  const done = element('span');
  const unit = element('span', { class: 'unit' });
  cell.append(bar, element('span', { class: 'progress-text' }, done, unit));
  return {
    element: cell,
    update: ({ progress, status, name, version }) => {
      const share = progress?.share ?? null;
      bar.hidden = share === null;
      if (share !== null) set(share, progress?.text ?? '');
      setAttribute(bar, 'aria-label', l10n.t('Progress of {0}', `${name} v${version}`));
      bar.classList.toggle('over', isOver(status));
      // "3/12 epochs": what it counts is said only where there is room.
      const [, count = '', what = ''] = /^(\S*)(.*)$/.exec(progress?.text ?? '') ?? [];
      setText(done, count);
      setText(unit, what);
    },
  };
}

function durationCell(cell: HTMLElement): Cell {
  cell.classList.add('text');
  const show = (row: Row): void => {
    const took = durationAt(row, performance.now());
    setText(cell, took === null ? '' : duration(took));
  };
  return { element: cell, update: show, tick: show };
}
