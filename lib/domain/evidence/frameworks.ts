/** The controls of each framework. */
import { DORA, ISO27001, SOC2, SOX } from './assurance-controls.ts';
import type { Framework } from './bundle.ts';
import type { ControlSet } from './control.ts';
import { CCPA, GDPR, HIPAA } from './privacy-controls.ts';

export const CONTROLS: Readonly<Record<Framework, ControlSet>> = {
  ...{ gdpr: GDPR, ccpa: CCPA, hipaa: HIPAA, sox: SOX, soc2: SOC2, iso27001: ISO27001, dora: DORA },
};
