/** The colours that tell lines and compared runs apart: VS Code's `charts.*`, in an order in which neighbours differ for colour-blind eyes. */
export const CHART_COLORS = ['blue', 'orange', 'purple', 'green', 'red', 'yellow'] as const;
export type ChartColor = (typeof CHART_COLORS)[number];
