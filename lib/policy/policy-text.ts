/**
 * The policies of policies/ as text, so that they are found from the sources, the bundled command line and the functions
 * alike. Generated: change policies/ and run `node bin/write-policies.ts`.
 */

export const POLICY_SCHEMA = `// Who can do what to whose backups. The actions are those of lib/domain/permission.ts.

// A role of docs/roles.md.
entity Role;

// Who asks, as IAM, a token or the operating system vouches for it.
entity Principal in [Role] = {
  // The tenants of a tenant administrator.
  tenants: Set<Tenant>,
};

// One installation of Holdfast: the resource of what concerns no single tenant.
entity Installation;

// A tenant, by its reference.
entity Tenant in [Installation];

type Circumstances = {
  // The principal asked for what is being decided, executed or reviewed.
  ownRequest: Bool,
  // The approval policy lets the tenant's own administrator decide.
  tenantAdministratorDecides: Bool,
  // A legal hold stands on the tenant.
  held: Bool,
};

action seeStatus, seeTimeline, seeTransactions, seeRequests, previewRestore, readRows, readRecords, readHolds,
  readAudit, exportEvidence, snapshot, protect, drill, postStatus, restore, export, hold, requestRelease, release,
  destroy, changePolicy, approveRestore, approveExport, approveHold, approveRelease, approveDestroy, approveChangePolicy,
  failOver, approveFailOver, reviewBrokenGlass, breakGlass, erase, administer
  appliesTo {
    principal: Principal,
    resource: [Tenant, Installation],
    context: Circumstances,
  };
`;

/** The policies that come with Holdfast, by id. */
export const BASE_POLICIES: Readonly<Record<string, string>> = {
  approver: `@id("approver")
permit (
  principal in Role::"approver",
  action in [
    Action::"seeRequests",
    Action::"previewRestore",
    Action::"approveRestore",
    Action::"approveExport",
    Action::"approveHold",
    Action::"approveRelease",
    Action::"approveDestroy",
    Action::"approveChangePolicy",
    Action::"approveFailOver",
    Action::"release",
    Action::"reviewBrokenGlass"
  ],
  resource
);`,
  auditor: `@id("auditor")
permit (
  principal in Role::"auditor",
  action in [
    Action::"seeStatus",
    Action::"seeTimeline",
    Action::"seeRequests",
    Action::"readRecords",
    Action::"readHolds",
    Action::"readAudit",
    Action::"exportEvidence",
    Action::"reviewBrokenGlass"
  ],
  resource
);`,
  'legal-officer': `@id("legal-officer")
permit (
  principal in Role::"legal-officer",
  action in [Action::"hold", Action::"requestRelease", Action::"readHolds", Action::"seeRequests"],
  resource
);`,
  operator: `@id("operator")
permit (
  principal in Role::"operator",
  action in [
    Action::"seeStatus",
    Action::"seeTimeline",
    Action::"seeTransactions",
    Action::"seeRequests",
    Action::"previewRestore",
    Action::"readRecords",
    Action::"snapshot",
    Action::"protect",
    Action::"drill",
    Action::"postStatus",
    Action::"failOver",
    Action::"restore"
  ],
  resource
);`,
  'own-request': `@id("own-request")
forbid (
  principal,
  action in [
    Action::"approveRestore",
    Action::"approveExport",
    Action::"approveHold",
    Action::"approveRelease",
    Action::"approveDestroy",
    Action::"approveChangePolicy",
    Action::"approveFailOver",
    Action::"reviewBrokenGlass"
  ],
  resource
)
when { context.ownRequest };`,
  'who-holds-does-not-approve-release': `@id("who-holds-does-not-approve-release")
forbid (principal, action == Action::"approveRelease", resource)
when { principal in Role::"legal-officer" || principal in Role::"system-administrator" };`,
  'legal-officer-does-not-release': `@id("legal-officer-does-not-release")
forbid (principal in Role::"legal-officer", action == Action::"release", resource);`,
  'who-destroys-does-not-approve': `@id("who-destroys-does-not-approve")
forbid (principal in Role::"system-administrator", action == Action::"approveDestroy", resource);`,
  'tenant-administrator-restricted': `@id("tenant-administrator-restricted")
forbid (
  principal in Role::"tenant-administrator",
  action in [Action::"destroy", Action::"erase", Action::"changePolicy"],
  resource
)
when { context.held };`,
  'held-is-not-destroyed': `@id("held-is-not-destroyed")
forbid (principal, action == Action::"destroy", resource)
when { context.held };`,
  'system-administrator': `@id("system-administrator")
permit (principal in Role::"system-administrator", action, resource);`,
  'tenant-administrator': `@id("tenant-administrator")
permit (
  principal in Role::"tenant-administrator",
  action in [
    Action::"seeStatus",
    Action::"seeTimeline",
    Action::"seeRequests",
    Action::"previewRestore",
    Action::"readRecords",
    Action::"snapshot",
    Action::"restore",
    Action::"export"
  ],
  resource is Tenant
)
when { principal.tenants.contains(resource) };`,
  'tenant-administrator-decides': `@id("tenant-administrator-decides")
permit (
  principal in Role::"tenant-administrator",
  action in [
    Action::"approveRestore",
    Action::"approveExport",
    Action::"approveHold",
    Action::"approveRelease",
    Action::"approveDestroy",
    Action::"approveChangePolicy",
    Action::"approveFailOver"
  ],
  resource is Tenant
)
when { principal.tenants.contains(resource) && context.tenantAdministratorDecides };`,
};
