/**
 * A status as a shape and a colour, the same as in the trees; its word stands beside it. A ringed cross and a triangle are left to
 * diagnoses, a ringed tick to services, so that nobody takes one for the other.
 */
import type { Diagnosis } from '../../src/contract/shapes.ts';
import type { Status } from '../../src/contract/status.ts';
import { drawing } from './dom.ts';

export type Severity = Diagnosis['severity'];

type Shape = readonly [string, Readonly<Record<string, string>>];

const stroke = {
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': '1.5',
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
};
const circle: Shape = ['circle', { ...stroke, cx: '8', cy: '8', r: '6' }];
const path = (d: string): Shape => ['path', { ...stroke, d }];

const SHAPES: Readonly<Record<Status, readonly Shape[]>> = {
  'In Progress': [
    ['circle', { ...stroke, cx: '8', cy: '8', r: '6', opacity: '0.3' }],
    path('M8 2a6 6 0 0 1 6 6'),
  ],
  Pending: [circle, path('M8 4.5V8l2.2 1.8')],
  Created: [circle],
  Rerun: [path('M13.5 8a5.5 5.5 0 1 1-1.6-3.9'), path('M12.2 1.6v2.9H9.3')],
  Failed: [path('M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8')],
  Aborted: [path('M9.4 1.8L4.2 8.9h3.4l-1 5.3 5.2-7.1H8.4z')],
  Success: [path('M2.8 8.6l3.4 3.4 7-8')],
  Terminated: [circle, path('M3.8 12.2l8.4-8.4')],
};

/** The class for CSS: "in-progress". */
export const statusClass = (status: Status): string => status.toLowerCase().replaceAll(' ', '-');

export const statusIcon = (status: Status): SVGSVGElement => drawing(SHAPES[status]);

const DIAGNOSES: Readonly<Record<Severity, readonly Shape[]>> = {
  error: [circle, path('M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4')],
  warning: [path('M8 2.2l6.3 11.3H1.7z'), path('M8 6.6v3.2M8 11.7v.1')],
};

export const diagnosisIcon = (severity: Severity): SVGSVGElement => drawing(DIAGNOSES[severity]);

/** How a service is, where it has no error. */
const SERVICES = {
  healthy: [circle, path('M5.2 8.2l2 2 3.6-4.2')],
  unproven: [['circle', { ...stroke, cx: '8', cy: '8', r: '6', 'stroke-dasharray': '2 2.2' }]],
  paused: [circle, path('M6.4 5.8v4.4M9.6 5.8v4.4')],
} as const satisfies Record<string, readonly Shape[]>;

export const serviceIcon = (standing: keyof typeof SERVICES): SVGSVGElement => drawing(SERVICES[standing]);
