/**
 * Controls of the audits and standards of service organisations and financial entities, as far as backups concern them.
 * Paraphrased: the standard is authoritative.
 *
 * Sources: Sarbanes-Oxley Act sections 404 and 802 (18 U.S.C. 1519); AICPA Trust Services Criteria (2017, revised points of
 * focus 2022); ISO/IEC 27001:2022 Annex A; Regulation (EU) 2022/2554.
 */
import { type ControlSet, control } from './control.ts';

export const SOX: ControlSet = {
  title: 'Sarbanes-Oxley Act: IT general controls',
  controls: [
    control(
      'Section 404, computer operations: backup',
      'Backup and recovery of financial data',
      'Data that financial reporting depends on are backed up, and recovery is tested.',
      ['backups-taken', 'log-shipped', 'backups-verified', 'restore-drills'],
      ['Which of the databases are in scope of financial reporting?'],
    ),
    control(
      'Section 404, access',
      'Access to programs and data',
      'Access is restricted to authorised people, and duties are separated.',
      ['roles', 'approvals', 'audit-trail'],
      ['When were the roles last reviewed, and by whom?'],
    ),
    control(
      'Section 404, change management',
      'Changes of data outside of the application',
      'Changes, restores among them, are requested, approved and recorded.',
      ['restores-recorded', 'approvals'],
      ['Does each restore and policy change have a ticket of the change process?'],
    ),
    control(
      'Section 802 (18 U.S.C. 1519)',
      'No alteration or destruction of records',
      'Records that matter to an investigation are not altered, concealed or destroyed.',
      ['objects-locked', 'audit-trail', 'legal-holds'],
      ['Did counsel ask for a hold in the range? No hold recorded can mean that none was asked for.'],
    ),
  ],
};

export const SOC2: ControlSet = {
  title: 'SOC 2: Trust Services Criteria',
  controls: [
    control(
      'A1.2',
      'Backup processes and recovery infrastructure',
      'Data backup processes and recovery infrastructure are designed, operated, maintained and monitored.',
      ['backups-taken', 'log-shipped', 'other-regions'],
      ['Which environmental protections does the hosting provider report?'],
    ),
    control(
      'A1.3',
      'Testing of recovery',
      'Recovery plan procedures are tested.',
      ['backups-verified', 'restore-drills'],
      ['Who reviewed the results of the tests?'],
    ),
    control(
      'CC6.1',
      'Logical access security',
      'Access to protected information assets is restricted, and data are encrypted.',
      ['roles', 'sealed-per-tenant'],
      ['How are identities proved before they reach Holdfast?'],
    ),
    control(
      'CC6.3',
      'Roles and least privilege',
      'Access is granted, changed and removed by role, with least privilege and separated duties.',
      ['roles', 'approvals'],
      ['When were the roles last reviewed?'],
    ),
    control(
      'CC6.5',
      'Disposal',
      'Protection of assets ends only after data can no longer be read or recovered.',
      ['destructions'],
      ['Did a tenant leave in the range? No destruction recorded can mean that none was asked for.'],
    ),
    control(
      'CC7.2',
      'Monitoring',
      'Anomalies that show malicious acts, disasters or errors are monitored and analysed.',
      ['audit-trail', 'log-shipped'],
      ['Who receives the alarms, and how are they handled?'],
    ),
    control(
      'CC7.5',
      'Recovery from incidents',
      'Activities to recover from security incidents are identified, developed and implemented.',
      ['restores-recorded', 'restore-drills'],
      ['Which incidents happened in the range?'],
    ),
    control(
      'CC8.1',
      'Change management',
      'Changes are authorised, tested, approved and implemented.',
      ['approvals', 'retention-in-force'],
      ['How are changes of the deployment itself approved?'],
    ),
    control(
      'C1.1',
      'Retention of confidential information',
      'Confidential information is identified and kept as long as promised.',
      ['retention-in-force', 'objects-locked'],
      ['Which contracts promise a retention?'],
    ),
    control(
      'C1.2',
      'Disposal of confidential information',
      'Confidential information is disposed of when its retention has ended.',
      ['retention-applied', 'destructions'],
      ['Did a tenant leave in the range? No destruction recorded can mean that none was asked for.'],
    ),
  ],
};

export const ISO27001: ControlSet = {
  title: 'ISO/IEC 27001:2022, Annex A',
  controls: [
    control(
      'A.5.28',
      'Collection of evidence',
      'Evidence of information security events is identified, collected, acquired and preserved.',
      ['audit-trail', 'legal-holds'],
      ['Did an event in the range need evidence? No hold recorded can mean that none was asked for.'],
    ),
    control(
      'A.5.30',
      'ICT readiness for business continuity',
      'ICT readiness is planned, implemented, maintained and tested.',
      ['other-regions', 'restore-drills'],
      ['Which continuity objectives did the organisation set?'],
    ),
    control(
      'A.5.33',
      'Protection of records',
      'Records are protected from loss, destruction, falsification and unauthorised access and release.',
      ['objects-locked', 'audit-trail', 'retention-in-force'],
      ['Which records outside of Holdfast must be protected?'],
    ),
    control(
      'A.8.10',
      'Information deletion',
      'Information that is no longer required is deleted.',
      ['retention-applied', 'erasures-recorded'],
      ['Were all requests for deletion passed on to Holdfast? None recorded can mean that none was made.'],
    ),
    control(
      'A.8.13',
      'Information backup',
      'Backup copies are maintained and regularly tested by an agreed policy.',
      ['backups-taken', 'log-shipped', 'backups-verified', 'restore-drills', 'retention-in-force'],
      ['Where is the topic-specific policy on backup, and who approved it?'],
    ),
    control(
      'A.8.15',
      'Logging',
      'Logs of activities and events are produced, stored, protected and analysed.',
      ['audit-trail'],
      ['Who analyses the trail?'],
    ),
    control(
      'A.8.24',
      'Use of cryptography',
      'Rules for the effective use of cryptography and for keys are defined and implemented.',
      ['sealed-per-tenant'],
      ['Where are the rules for keys, and who administers them?'],
    ),
  ],
};

export const DORA: ControlSet = {
  title: 'Digital Operational Resilience Act, Regulation (EU) 2022/2554',
  controls: [
    control(
      'Art. 11(6)',
      'Testing of continuity and recovery plans',
      'ICT business continuity and response and recovery plans are tested at least yearly.',
      ['restore-drills', 'backups-verified'],
      ['Did the tests include cyber-attacks and switchovers, and were the results reported to management?'],
    ),
    control(
      'Art. 12(1)',
      'Backup policies and restoration procedures',
      'Scope and minimum frequency of backups follow the criticality of information; procedures are documented.',
      ['backups-taken', 'log-shipped', 'retention-in-force'],
      ['Which functions are critical or important, and does the frequency follow that?'],
    ),
    control(
      'Art. 12(2)',
      'Backup systems',
      'Backup systems do not endanger security or the data; backup and restoration are tested periodically.',
      ['sealed-per-tenant', 'objects-locked', 'backups-verified', 'restore-drills'],
      ['How often must the organisation test, and who decided it?'],
    ),
    control(
      'Art. 12(3)',
      'Segregated restoration',
      'Own systems that restore backups are physically and logically segregated, and protected from unauthorised access.',
      ['roles', 'approvals', 'audit-trail'],
      ['Is the vault in another account than the source system, and who has access to both?'],
    ),
    control(
      'Art. 12(4)',
      'Redundant capacities',
      'Redundant ICT capacities are adequate to the needs of the business.',
      ['other-regions'],
      ['Which capacity is needed in another region, and was it tested?'],
    ),
    control(
      'Art. 12(6)',
      'Recovery time and recovery point objectives',
      'Objectives of each function ensure agreed service levels in extreme scenarios.',
      ['log-shipped'],
      ['Which objectives did the organisation set for each function?'],
    ),
    control(
      'Art. 12(7)',
      'Integrity of recovered data',
      'Multiple checks and reconciliations ensure the integrity of recovered data.',
      ['backups-verified', 'restores-recorded'],
      ['Were data reconciled with external stakeholders where that is needed?'],
    ),
  ],
};
