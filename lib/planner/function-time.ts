/**
 * How long a call of a function is billed, by its memory. A function of M MB has M/1769 of a processor (Lambda's
 * documentation: at 1,769 MB the equivalent of one vCPU), so:
 *
 * - below one processor, all of the call's processor time takes 1769/M times as long;
 * - above, other threads (compression, cryptography) run beside the main thread, which itself gets no faster;
 * - waiting for AWS and for the database takes the same time with any memory.
 *
 * A processor of Lambda is taken for as fast as one of the machine that measured.
 */

/** Memory with one whole processor. */
const MB_OF_A_PROCESSOR = 1769;
/** Memory sizes that are compared. The last one has 1.7 processors. */
export const MEMORY_SIZES_MB = [256, 512, 1024, 1769, 3008] as const;

export interface CallTime {
  /** Processor time of all threads, and of the main thread alone. */
  readonly cpuMs: number;
  readonly mainMs: number;
  /** Neither computing. */
  readonly waitMs: number;
}

/** Milliseconds. */
export function billedMs({ cpuMs, mainMs, waitMs }: CallTime, memoryMb: number): number {
  const processors = memoryMb / MB_OF_A_PROCESSOR;
  const computing = processors <= 1 ? cpuMs / processors : Math.max(mainMs, cpuMs / processors);
  return Math.ceil(computing + waitMs);
}

/** Gigabytes of memory times seconds: what Lambda bills. */
export function gigabyteSeconds(time: CallTime, memoryMb: number): number {
  return (billedMs(time, memoryMb) / 1000) * (memoryMb / 1024);
}
