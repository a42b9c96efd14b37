/** What there is to train on, as `GET /compute` tells it. Sizes are bytes; what a vendor's tool doesn't tell is null. */
import * as z from 'zod';

/** Who makes the GPU, and so whose tool tells of it: nvidia-smi, amd-smi or rocm-smi, system_profiler. */
export const VENDORS = ['nvidia', 'amd', 'apple'] as const;
export type Vendor = (typeof VENDORS)[number];

/** A compute process on a GPU that no training of this home is part of. */
const ForeignProcess = z.object({
  pid: z.int(),
  /** The program's name without its folder. */
  name: z.string(),
  user: z.string().nullable(),
  memoryBytes: z.number().nullable(),
  since: z.iso.datetime().nullable().meta({ description: 'ISO 8601, UTC' }),
});

/** Processes can't be seen, and more is in use than an idle GPU would have: that much, in bytes. */
const ForeignMemory = z.object({ memoryOnly: z.number() });

export const Foreign = z.union([ForeignProcess, ForeignMemory]);
export type Foreign = z.output<typeof Foreign>;

export const Gpu = z.object({
  /** By which it is assigned: "GPU-5d4a…" (NVIDIA's own), "amd-0", "apple-0". */
  id: z.string(),
  vendor: z.enum(VENDORS),
  /** Its number as the vendor's tool counts. */
  index: z.int(),
  name: z.string(),
  memoryBytes: z.number().nullable(),
  usedBytes: z.number().nullable(),
  utilization: z.number().nullable().meta({ description: 'Percent of the time that it computed' }),
  temperature: z.number().nullable().meta({ description: 'Degrees Celsius' }),
  /** In words: a run's name, or the program that isn't ours; null where it is free. */
  heldBy: z.string().nullable(),
  /** Who uses it that isn't a training of this home; null where nobody does. */
  foreign: Foreign.nullable(),
});
export type Gpu = z.output<typeof Gpu>;

export const Compute = z.object({
  engines: z.array(z.object({ id: z.string(), cpus: z.int(), gpus: z.array(Gpu) })),
});
export type Compute = z.output<typeof Compute>;
