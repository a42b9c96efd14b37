/** The GPUs of this machine, of whatever vendor, with who uses them; and how a training is told which are its own. */
import type { Gpu } from '../../../../contract/compute.ts';
import { holderWords } from '../../../holders.ts';
import { findAmd } from './amd.ts';
import { findApple } from './apple.ts';
import { foreignOn } from './foreign.ts';
import { findNvidia } from './nvidia.ts';
import { toolRunner, type RunTool } from './tool.ts';

export type FindGpus = () => Promise<Gpu[] | null>;

/**
 * Asks every vendor's tool that is there. Null where one is there and doesn't tell.
 * @param home as `foreignOn` wants it
 */
export function gpuFinder(home: string, run: RunTool = toolRunner()): FindGpus {
  return async () => {
    const seen = await Promise.all([findNvidia(run), findAmd(run), findApple(run)]);
    if (seen.includes(null)) return null;
    const found = seen.flatMap((one) => one ?? []);
    return Promise.all(
      found.map(async (gpu) => {
        const { processes: _processes, ...told } = gpu;
        const foreign = await foreignOn(gpu, home);
        return { ...told, foreign, heldBy: foreign === null ? null : holderWords(foreign, new Date()) };
      }),
    );
  };
}

/**
 * The environment that shows a training these GPUs and no other; without any, none. All are of one vendor, and counted as its tool does.
 * @param gpus ids as `gpuFinder` gives them
 */
export function visibleGpus(gpus: readonly string[]): Record<string, string> {
  const amd = gpus.filter((id) => id.startsWith('amd-')).map((id) => id.slice('amd-'.length));
  if (amd.length > 0) {
    // ROCR_VISIBLE_DEVICES hides the others from everything, and what is left is counted anew by HIP. Without the third, PyTorch takes
    // CUDA_VISIBLE_DEVICES of the submitter's for a choice among them.
    const anew = amd.map((_, place) => place).join(',');
    return { ROCR_VISIBLE_DEVICES: amd.join(','), HIP_VISIBLE_DEVICES: anew, CUDA_VISIBLE_DEVICES: anew };
  }
  const cuda = gpus.filter((id) => id.startsWith('GPU-')).join(',');
  // Nothing hides an Apple GPU; the two say "none" to what asks for the others.
  return { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: cuda, HIP_VISIBLE_DEVICES: '' };
}
