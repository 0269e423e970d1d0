/**
 * Controls of the laws on personal and health data, as far as backups concern them. Paraphrased: the law is authoritative.
 *
 * Sources: Regulation (EU) 2016/679; California Civil Code 1798.100 ff. and 11 CCR 7022; 45 CFR Part 164, Subpart C.
 */
import { type ControlSet, control } from './control.ts';

export const GDPR: ControlSet = {
  title: 'General Data Protection Regulation (EU) 2016/679',
  controls: [
    control(
      'Art. 5(1)(e)',
      'Storage limitation',
      'Personal data are kept in identifiable form no longer than their purposes need.',
      ['retention-in-force', 'retention-applied'],
      ['Which purpose justifies each retention period, and who decided it?'],
    ),
    control(
      'Art. 5(1)(f)',
      'Integrity and confidentiality',
      'Personal data are protected against unauthorised processing, loss, destruction and damage.',
      ['sealed-per-tenant', 'objects-locked', 'backups-verified', 'audit-trail'],
      ['Who has access to the live database and to the keys outside of Holdfast?'],
    ),
    control(
      'Art. 17',
      'Right to erasure',
      'Data of a person are erased on request without undue delay, and do not come back from backups.',
      ['erasures-recorded'],
      [
        'Were all requests for erasure in the range passed on to Holdfast? None recorded can mean that none was made.',
        'Were the live rows, exports and other copies erased too?',
      ],
    ),
    control(
      'Art. 25',
      'Data protection by design and by default',
      'Technical and organisational measures limit access, amount and storage period by default.',
      ['sealed-per-tenant', 'retention-in-force', 'roles'],
      ['Were the measures assessed when the processing was designed, and reviewed since?'],
    ),
    control(
      'Art. 30',
      'Records of processing activities',
      'Records state, where possible, time limits for erasure and describe the security measures.',
      ['retention-in-force', 'restores-recorded', 'audit-trail'],
      ['Does the record of processing activities name the backups, their recipients and their time limits?'],
    ),
    control(
      'Art. 32(1)(a)',
      'Encryption',
      'Personal data are encrypted or pseudonymised where that is appropriate to the risk.',
      ['sealed-per-tenant'],
      ['Is the live database encrypted, in storage and in transfer?'],
    ),
    control(
      'Art. 32(1)(b)',
      'Confidentiality, integrity, availability and resilience',
      'Processing systems stay confidential, intact, available and resilient.',
      ['backups-taken', 'log-shipped', 'objects-locked', 'other-regions'],
      ['Which other systems does the processing depend on, and how are they protected?'],
    ),
    control(
      'Art. 32(1)(c)',
      'Restoring availability and access',
      'Availability of and access to the data can be restored in a timely manner after an incident.',
      ['log-shipped', 'backups-verified', 'restore-drills'],
      ['Which recovery time was promised, and was it met in the last incident or exercise?'],
    ),
    control(
      'Art. 32(1)(d)',
      'Regular testing',
      'The effectiveness of the measures is tested, assessed and evaluated regularly.',
      ['backups-verified', 'restore-drills'],
      ['Who evaluates the results, and what was changed after them?'],
    ),
  ],
};

export const CCPA: ControlSet = {
  title: 'California Consumer Privacy Act, as amended by the CPRA',
  controls: [
    control(
      'Civ. Code 1798.100(c)',
      'Proportionate retention',
      'Personal information is retained only as far as is reasonably necessary and proportionate to its purposes.',
      ['retention-in-force', 'retention-applied'],
      ['Does the notice at collection state the retention periods of 1798.100(a)(3), backups included?'],
    ),
    control(
      'Civ. Code 1798.100(e)',
      'Reasonable security',
      'Reasonable security procedures protect personal information from unauthorised access, destruction and change.',
      ['sealed-per-tenant', 'objects-locked', 'audit-trail', 'roles'],
      ['Which security standard does the organisation measure itself by?'],
    ),
    control(
      'Civ. Code 1798.105',
      'Right to delete',
      'Personal information is deleted on a verifiable request, and service providers are told to delete it too.',
      ['erasures-recorded'],
      [
        'Were all requests in the range passed on to Holdfast? None recorded can mean that none was made.',
        'Which exception of 1798.105(d) was applied, if a request was refused?',
      ],
    ),
    control(
      '11 CCR 7022(d)',
      'Deletion from backup systems',
      'Deletion from archived or backup systems can wait until they are restored to an active system or next used.',
      ['erasures-recorded', 'retention-applied'],
      ['Does the answer to the consumer say how backups are treated?'],
    ),
  ],
};

export const HIPAA: ControlSet = {
  title: 'HIPAA Security Rule, 45 CFR Part 164, Subpart C',
  controls: [
    control(
      '164.308(a)(4)',
      'Information access management',
      'Access to electronic protected health information is authorised by policy.',
      ['roles', 'approvals'],
      ['Who grants and reviews the roles, and when was the last review?'],
    ),
    control(
      '164.308(a)(7)(ii)(A)',
      'Data backup plan',
      'Retrievable exact copies of electronic protected health information are created and maintained.',
      ['backups-taken', 'log-shipped', 'backups-verified'],
      ['Is the protected database the only place of such information?'],
    ),
    control(
      '164.308(a)(7)(ii)(B)',
      'Disaster recovery plan',
      'Procedures restore any loss of data.',
      ['other-regions', 'restore-drills'],
      ['Is the plan written, approved and known to those who carry it out?'],
    ),
    control(
      '164.308(a)(7)(ii)(D)',
      'Testing and revision',
      'Contingency plans are tested and revised periodically.',
      ['backups-verified', 'restore-drills'],
      ['What was revised after the last test?'],
    ),
    control(
      '164.310(d)(2)(i)',
      'Disposal',
      'Electronic protected health information, and the media that hold it, are finally disposed of.',
      ['destructions', 'retention-applied'],
      ['How are media outside of the vault disposed of?'],
    ),
    control(
      '164.310(d)(2)(iv)',
      'Data backup and storage',
      'A retrievable exact copy is made before equipment is moved.',
      ['backups-taken', 'backups-verified'],
      ['Was equipment moved in the range, and which backup was made before it?'],
    ),
    control(
      '164.312(a)(2)(iv)',
      'Encryption and decryption',
      'Electronic protected health information can be encrypted and decrypted.',
      ['sealed-per-tenant'],
      ['Who administers the keys?'],
    ),
    control(
      '164.312(b)',
      'Audit controls',
      'Activity in systems with electronic protected health information is recorded and examined.',
      ['audit-trail', 'restores-recorded'],
      ['Who examines the trail, and how often?'],
    ),
    control(
      '164.312(c)(1)',
      'Integrity',
      'Electronic protected health information is protected from improper alteration and destruction.',
      ['objects-locked', 'backups-verified', 'audit-trail'],
      ['How is the live database protected from improper alteration?'],
    ),
    control(
      '164.316(b)(2)(i)',
      'Retention of documentation',
      'Documentation of policies, actions and assessments is kept for six years.',
      ['retention-in-force', 'audit-trail'],
      ['Where is documentation outside of Holdfast kept?'],
    ),
  ],
};
