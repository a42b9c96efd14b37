/** An export as an answer: each part is made once there is room for it on its way out. */
import type { ExportFormat } from '../../contract/shapes.ts';
import { documentOf, type ExportAsk, type ExportPlace } from '../metrics/export.ts';
import type { Metrics } from '../metrics/metrics.ts';

/**
 * One document of all executions, in the order given. An execution that is removed meanwhile breaks it off.
 * @param asks each is taken when its turn comes; what it throws breaks the document off, too
 * @param onEnd called once, when all is told or nobody reads on
 */
export function exportStream(
  format: ExportFormat,
  asks: Iterable<Omit<ExportAsk, 'format' | 'continues'>>,
  metrics: Pick<Metrics, 'exportPart'>,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const parts = partsOf(format, asks, metrics);
  let ended = false;
  const end = (): void => {
    if (!ended) onEnd();
    ended = true;
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await parts.next();
        // The reader may have left while it was being made.
        if (ended) return;
        if (done !== true) {
          controller.enqueue(value);
          return;
        }
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    async cancel() {
      end();
      await parts.return();
    },
  });
}

async function* partsOf(
  format: ExportFormat,
  asks: Iterable<Omit<ExportAsk, 'format' | 'continues'>>,
  metrics: Pick<Metrics, 'exportPart'>,
): AsyncGenerator<Uint8Array, void, void> {
  const { head, foot } = documentOf(format);
  const encoder = new TextEncoder();
  yield encoder.encode(head);
  let continues = false;
  for (const ask of asks) {
    let place: ExportPlace | null = null;
    do {
      const part = await metrics.exportPart({ ...ask, format, continues }, place);
      place = part.next;
      // A run that logged nothing has an empty part.
      if (part.text.length === 0) continue;
      continues = true;
      yield part.text;
    } while (place !== null);
  }
  if (foot !== '') yield encoder.encode(foot);
}
