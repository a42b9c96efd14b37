/**
 * Apple's GPUs, as `system_profiler SPDisplaysDataType -json` tells of them. Their memory is the machine's own, and what computes on them
 * can't be told. Written after outputs that people published; no such machine was tried.
 */
import { totalmem } from 'node:os';
import * as z from 'zod';
import type { Found, Seen } from './found.ts';
import type { RunTool } from './tool.ts';

const Report = z.object({
  SPDisplaysDataType: z.array(
    z.object({
      sppci_model: z.string().optional(),
      spdisplays_vendor: z.string().optional(),
    }),
  ),
});

export async function findApple(run: RunTool, platform: NodeJS.Platform = process.platform): Promise<Seen> {
  if (platform !== 'darwin') return [];
  const printed = await run('system_profiler', ['SPDisplaysDataType', '-json']);
  if (printed.kind === 'late') return null;
  return printed.kind === 'absent' ? [] : parseDisplays(printed.text, totalmem());
}

/** @param memoryBytes the machine's, which its GPU shares; GPUs of other vendors, in older Macs, are left out */
export function parseDisplays(text: string, memoryBytes: number): Found[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const displays = Report.safeParse(value).data?.SPDisplaysDataType ?? [];
  return displays
    .filter(({ spdisplays_vendor: vendor, sppci_model: model }) =>
      /apple/i.test(`${vendor ?? ''} ${model ?? ''}`),
    )
    .map((display, index) => ({
      id: `apple-${index}`,
      vendor: 'apple',
      index,
      name: display.sppci_model ?? 'Apple GPU',
      memoryBytes,
      usedBytes: null,
      utilization: null,
      temperature: null,
      processes: 'unseen',
    }));
}
