// A stored map for tests: "The animal didn't cross the street because it was too tired.", saved by the page's own button.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The file. */
export const stored = fileURLToPath(new URL('../hosts/map.json', import.meta.url));
/** What is in it. */
export const storedText = readFileSync(stored, 'utf8');
