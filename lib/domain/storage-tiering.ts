/** How objects of tenants move to colder storage classes: by their age, or as S3 sees them read. */

export const STORAGE_TIERINGS = ['by-age', 'intelligent'] as const;
export type StorageTiering = (typeof STORAGE_TIERINGS)[number];
