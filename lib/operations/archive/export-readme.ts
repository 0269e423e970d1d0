/** The page that goes with exported files: what they are, how they are loaded and checked, what is not in them. */
import { type ExportDocument, exportedRows, type Omission } from '../../domain/export-document.ts';

const HOW: Readonly<Record<ExportDocument['form'], readonly string[]>> = {
  sql: [
    'Load everything into an empty database, in one transaction:',
    '',
    '    createdb restored',
    '    psql -d restored -f load.sql',
    '',
    'Each file below tables/ is a COPY statement with the rows of a table.',
  ],
  csv: [
    'CSV as PostgreSQL writes it: NULL is an empty field, an empty text is "". The first line has the names of the columns.',
    'Load everything into an empty database, in this directory:',
    '',
    '    createdb restored',
    '    psql -d restored -f load.sql',
  ],
  ndjson: [
    'One JSON object a line. bigint and numeric are strings, because many readers round JSON numbers; so are dates, times, arrays and',
    "everything else that JSON has no type for, as PostgreSQL prints it. NaN and infinite numbers are the strings 'NaN', 'Infinity', '-Infinity'.",
    'schema.sql says what the types of the columns were.',
  ],
  parquet: [
    'One Parquet file for each table. export.json says the Parquet type of every column. What Parquet has no exact type for is a string, as',
    'PostgreSQL prints it: numeric, arrays, types of the application, and dates and times of columns with an infinite value.',
    'schema.sql says what the types of the columns were.',
  ],
};

export function exportReadme(document: Omit<ExportDocument, 'files'>): string {
  const { tenant, position, time, tables, leftOut, notes, form, id } = document;
  return [
    ...['Rows of one tenant, written by Holdfast', '=======================================', ''],
    ...[
      `Tenant      ${tenant}`,
      `Moment      ${time} (position ${position})`,
      `Written     ${document.createdAt} (${id})`,
    ],
    ...[`Rows        ${exportedRows(tables)} in ${tables.length} tables`, ''],
    ...HOW[form],
    ...['', 'Check that no file was changed:', '', '    sha256sum -c SHA256SUMS', ''],
    ...['export.json says the same for programs: every table with its rows, every file with its digest.', ''],
    ...[
      'Tables',
      '------',
      '',
      ...tables.map(({ table, rows, files }) => `${table}: ${rows} rows (${files.join(', ')})`),
      '',
    ],
    ...['Not in it', '---------', '', ...leftOut.map(sentence), ''],
    ...(notes.length > 0 ? ['Notes', '-----', '', ...notes, ''] : []),
  ].join('\n');
}

function sentence({ table, what, why }: Omission): string {
  return `${table === null ? '' : `${table}: `}${what} (${why})`;
}
