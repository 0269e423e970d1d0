/** Frameworks that evidence is gathered for, as people call them. */
const NAMES = {
  ...{ gdpr: 'GDPR', ccpa: 'CCPA', hipaa: 'HIPAA', sox: 'SOX', soc2: 'SOC 2' },
  ...{ iso27001: 'ISO 27001', dora: 'DORA' },
} as const;

export const FRAMEWORKS = Object.keys(NAMES) as readonly (keyof typeof NAMES)[];

export function frameworkName(framework: keyof typeof NAMES): string {
  return NAMES[framework];
}
