/** The forms of what people change. Each shows the value in force; what is right or wrong, the server says. */
import type { Editable } from './edit.ts';

export interface FormProps {
  readonly value: Editable;
  readonly set: (value: Editable) => void;
}

const KEEP = {
  logDays: 'Any second',
  dailyDays: 'Last snapshot of each day',
  weeklyDays: 'Last snapshot of each week',
  monthlyDays: 'Last snapshot of each month',
  annualDays: 'Last snapshot of each year',
} as const;

const REASONS = {
  'pre-migration': 'Before a migration',
  'pre-maintenance': 'Before maintenance',
  incident: 'In an incident',
  compliance: 'For compliance',
} as const;

function Days({
  name,
  value,
  onChange,
}: {
  name: string;
  value: number | undefined;
  onChange: (days: number) => void;
}) {
  return (
    <label className="field">
      <span>{name}</span>
      <span className="row">
        <input
          type="number"
          min="0"
          max="36500"
          value={Number.isNaN(value) ? '' : value}
          onChange={event => onChange(event.target.valueAsNumber)}
        />
        days
      </span>
    </label>
  );
}

export function KeepForm({ value, set }: FormProps) {
  const { keep } = value;
  const entries = <T extends object>(of: T) => Object.entries(of) as [keyof T, string][];
  return (
    <>
      <p className="dim">A shorter period takes effect only once its change is approved: holdfast retention change.</p>
      <div className="row check-list">
        {entries(KEEP).map(([field, name]) => (
          <Days
            key={field}
            name={name}
            value={keep[field]}
            onChange={days => set({ ...value, keep: { ...keep, [field]: days } })}
          />
        ))}
      </div>
      <h3>Snapshots taken for a reason</h3>
      <div className="row check-list">
        {entries(REASONS).map(([reason, name]) => (
          <Days
            key={reason}
            name={name}
            value={keep.reasons?.[reason]}
            onChange={days => set({ ...value, keep: { ...keep, reasons: { ...keep.reasons, [reason]: days } } })}
          />
        ))}
      </div>
    </>
  );
}

const DRILL_FIELDS = {
  template: 'Template database',
  acceptanceSql: 'File of the team’s own check',
  regionVault: 'Copy of the vault in another region',
  regionKeys: 'Copy of the keys in another region',
} as const;

export function DrillsForm({ value, set }: FormProps) {
  const { drills } = value;
  return (
    <>
      <div className="row check-list">
        {(Object.entries(DRILL_FIELDS) as [keyof typeof DRILL_FIELDS, string][]).map(([field, name]) => (
          <label className="field" key={field}>
            <span>{name}</span>
            <input
              value={drills[field] ?? ''}
              placeholder="not set"
              onChange={event => set({ ...value, drills: { ...drills, [field]: event.target.value } })}
            />
          </label>
        ))}
      </div>
      <label className="row">
        <input
          type="checkbox"
          checked={drills.testInstallation}
          onChange={event => set({ ...value, drills: { ...drills, testInstallation: event.target.checked } })}
        />
        This installation protects nothing real: game days may damage it
      </label>
      <p className="dim">URLs of scratch databases and of checks can carry secrets: edit those in the file.</p>
    </>
  );
}
