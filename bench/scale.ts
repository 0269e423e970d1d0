/** Prints the tables of docs/scale.md: the calculated fleet of 100,000 tenants. Requires no database and no account. */
import { scalePage } from './scale-page.ts';

process.stdout.write(scalePage());
