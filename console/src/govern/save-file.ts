/** Hands a file to the person through the browser's own download. */
import { ApiError, type Problem } from '../api/client.ts';

export function saveFile(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Fetches a file of the API and saves it. ApiError. */
export async function saveFetched(asked: Promise<{ data?: Blob; error?: unknown }>, name: string): Promise<void> {
  const { data, error } = await asked;
  if (data === undefined) throw new ApiError(error as Problem);
  saveFile(name, data, data.type);
}
