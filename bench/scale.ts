/** Prints what docs/scale.md shows: the fleet of 100,000 tenants, on paper. Needs no database and no account. */
import { scalePage } from './scale-page.ts';

process.stdout.write(scalePage());
