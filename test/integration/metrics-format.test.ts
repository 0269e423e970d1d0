/** Two readers that others wrote understand the metrics: that of OpenMetrics, and that of Prometheus's text format. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { METRIC_FAMILIES, type MetricFamily, openMetricsText } from '../../lib/domain/open-metrics.ts';
import { cachedTool, run, SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const VERSION = '0.22.1';
const SCRIPT = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as om
from prometheus_client.parser import text_string_to_metric_families as plain
text = sys.stdin.read()
print(json.dumps([[[s.name, s.labels, s.value] for f in parse(text) for s in f.samples] for parse in (om, plain)]))
print(json.dumps({f.name: [f.type, f.unit] for f in om(text)}))
`;

it(
  'have the same samples, types and units for both',
  async () => {
    const packages = await cachedTool(`prometheus-client-${VERSION}`, directory =>
      run('python3', ['-m', 'pip', 'install', '--quiet', '--target', directory, `prometheus_client==${VERSION}`], {
        hint: 'The package comes from PyPI.',
      }),
    );
    const families = Object.keys(METRIC_FAMILIES) as MetricFamily[];
    const samples = families.flatMap((family, index) => [
      { family, labels: { tier: 'a "b"\\\n' }, value: index / 3 },
      { family, labels: { tier: 'other' }, value: 1e12 + index },
    ]);
    const out = execFileSync('python3', ['-c', SCRIPT], {
      input: openMetricsText(samples),
      env: { ...process.env, PYTHONPATH: packages },
      encoding: 'utf8',
    });
    const [read, described] = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const expected = samples.map(({ family, labels, value }) => {
      const { type } = METRIC_FAMILIES[family];
      return [`${family}${type === 'counter' ? '_total' : ''}`, labels, value];
    });
    expect(read[0]).toEqual(expected);
    expect(read[1]).toEqual(expected);
    for (const family of families) {
      const facts: { type: string; unit?: string } = METRIC_FAMILIES[family];
      expect(described[family]).toEqual([facts.type, facts.unit ?? '']);
    }
  },
  SETUP_TIMEOUT_MS,
);
