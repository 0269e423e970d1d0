/**
 * The bundle as one page for people: no script, no request to anywhere, light and dark, printable, with room for the
 * reviewer. Invariant: every text is escaped; it says nothing that bundle.json does not.
 */
import { escapedHtml, htmlDocument } from '../html-text.ts';
import type { AssessedControl, EvidenceBundle, EvidenceFact } from './bundle.ts';
import { EVIDENCE_STYLE } from './evidence-style.ts';

const STATES: Readonly<Record<AssessedControl['state'], string>> = {
  met: 'met',
  'partly-met': 'partly met',
  'not-met': 'not met',
};

/** A complete HTML document. */
export function evidencePage(bundle: EvidenceBundle): string {
  const { title, framework, controls, facts } = bundle;
  const count = (state: AssessedControl['state']) => controls.filter(control => control.state === state).length;
  return htmlDocument(
    `Evidence: ${title}`,
    EVIDENCE_STYLE,
    `<header>
<h1>Evidence: ${escapedHtml(title)}</h1>
<dl>
${fact('Range', `${bundle.from} to ${bundle.to} (excluded)`)}
${fact('Looked at', bundle.at)}
${fact('Installation', bundle.installation)}
${fact('Tenants', bundle.tenant ?? String(bundle.tenants.length))}
${fact('Configuration', configurationText(bundle))}
</dl>
<p class="totals"><strong class="met">${count('met')} met</strong> · <strong class="partly-met">${count('partly-met')} partly met</strong> · <strong class="not-met">${count('not-met')} not met</strong></p>
<p>States are those of the facts that Holdfast found in this installation. Questions to the organisation are not answered here. Controls are paraphrased; the text of the framework is authoritative. Digests are SHA-256 of stored objects.</p>
</header>
<main>
<section><h2>Summary</h2>
<table><thead><tr><th>Control</th><th>Title</th><th>State</th></tr></thead><tbody>
${controls.map((control, index) => `<tr><td><a href="#${idOf(framework, index)}">${escapedHtml(control.id)}</a></td><td>${escapedHtml(control.title)}</td><td class="${control.state}">${STATES[control.state]}</td></tr>`).join('\n')}
</tbody></table></section>
${controls.map((control, index) => controlSection(control, idOf(framework, index))).join('\n')}
<section><h2>Facts</h2>
${facts.map(factSection).join('\n')}
</section>
</main>`,
  );
}

function controlSection(control: AssessedControl, id: string): string {
  return `<section class="control" id="${id}">
<h2>${escapedHtml(control.id)} <span>${escapedHtml(control.title)}</span> <em class="${control.state}">${STATES[control.state]}</em></h2>
<p>${escapedHtml(control.asks)}</p>
<p>Facts: ${control.facts.map(name => `<a href="#fact-${name}">${name}</a>`).join(', ')}</p>
${list('Missing', control.missing, 'missing')}
${list('Questions to the organisation', control.questions, 'questions')}
<table class="review"><tbody>
<tr><th>Conclusion</th><td>☐ effective ☐ deficient ☐ not applicable</td></tr>
<tr><th>Corrective action, owner, due</th><td></td></tr>
<tr><th>Reviewer, date, signature</th><td></td></tr>
</tbody></table>
</section>`;
}

function factSection({ name, looked, shown, found, missing, evidence }: EvidenceFact): string {
  const rest = evidence.total - evidence.listed.length;
  const rows = evidence.listed.map(
    ({ key, sha256 }) => `<tr><td><code>${escapedHtml(key)}</code></td><td><code>${sha256}</code></td></tr>`,
  );
  const objects =
    evidence.total === 0
      ? '<p>No stored object.</p>'
      : `<details><summary>${evidence.total} stored object${evidence.total === 1 ? '' : 's'}</summary>
<table class="objects"><thead><tr><th>Vault key</th><th>SHA-256</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
${rest > 0 ? `<p>${rest} more are in the digest of all of them.</p>` : ''}<p>Digest of all: <code>${evidence.digest}</code></p></details>`;
  return `<article id="fact-${name}">
<h3>${name} <em class="${shown ? 'met' : 'not-met'}">${shown ? 'shown' : 'not shown'}</em></h3>
<p>${escapedHtml(looked)}</p>
${list('Found', found, 'found')}
${list('Missing', missing, 'missing')}
${objects}
</article>`;
}

function configurationText({ configuration }: EvidenceBundle): string {
  const { place, regions, keys, retention, approvals } = configuration;
  const periods = Object.entries(retention).map(([field, days]) => `${field} ${days}`);
  const rules = Object.entries(approvals).map(([action, people]) => `${action} ${people}`);
  return [
    place === 'aws' ? `on AWS in ${regions.join(', ')}` : 'on one machine',
    `${keys} keys`,
    `retention in days: ${periods.join(', ')}`,
    `approvals: ${rules.length === 0 ? 'none' : rules.join(', ')}`,
  ].join('; ');
}

function list(title: string, items: readonly string[], kind: string): string {
  if (items.length === 0) return '';
  return `<h4>${title}</h4><ul class="${kind}">${items.map(item => `<li>${escapedHtml(item)}</li>`).join('')}</ul>`;
}

function fact(name: string, value: string): string {
  return `<dt>${name}</dt><dd>${escapedHtml(value)}</dd>`;
}

function idOf(framework: string, index: number): string {
  return `${framework}-${index + 1}`;
}
