/**
 * `<holdfast-safety api="https://backups.example.com/api">`: whether the signed-in tenant’s data is safe, for a settings page
 * of the application. The page gives it a token by the property `getToken`. Invariants: the token is in no attribute and in
 * no storage; nothing of the page reaches into it, and no markup is made of text.
 */
import { type GetToken, type OwnApi, OwnApiError, ownApi } from './own-api.ts';
import { STYLE } from './style.ts';
import { type Acts, type Shown, view } from './view.ts';

const LOOK_AGAIN_MS = 30_000;

class HoldfastSafety extends HTMLElement {
  static readonly observedAttributes = ['api'];
  readonly #root = this.attachShadow({ mode: 'open' });
  #getToken: GetToken | undefined;
  #shown: Shown | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Name of what had the focus before it was drawn again. */
  #focused: string | undefined;
  /** Answers to an earlier address or token are late, and dropped. */
  #turn = 0;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
  }

  /** Called before each request; answers with a token of the issuer that the installation trusts. */
  get getToken(): GetToken | undefined {
    return this.#getToken;
  }

  set getToken(value: GetToken | undefined) {
    this.#getToken = value;
    void this.#start();
  }

  connectedCallback(): void {
    // A framework may have set it before the element was defined.
    if (Object.hasOwn(this, 'getToken')) {
      const early = this.getToken;
      delete (this as { getToken?: GetToken | undefined }).getToken;
      this.getToken = early;
    } else void this.#start();
    this.#timer = setInterval(() => void this.#look(), LOOK_AGAIN_MS);
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
    this.#turn++;
  }

  attributeChangedCallback(): void {
    void this.#start();
  }

  #api(): OwnApi | undefined {
    const base = this.getAttribute('api');
    return base === null || this.#getToken === undefined ? undefined : ownApi(base, this.#getToken, this.baseURI);
  }

  async #start(): Promise<void> {
    this.#shown = undefined;
    this.#turn++;
    await this.#look();
  }

  /** While a person writes into the form, nothing is drawn again below them. */
  async #look(): Promise<void> {
    const turn = this.#turn;
    if (!this.isConnected || this.#root.activeElement !== null) return;
    if (this.#shown?.busy !== undefined || this.#shown?.restore !== undefined) return;
    try {
      const api = this.#api();
      if (api === undefined) return;
      const [state, timeline] = await Promise.all([api.state(), api.timeline()]);
      if (turn === this.#turn) this.#show({ state, timeline, error: undefined });
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  #show(change: Partial<Shown>): void {
    const none = { restore: undefined, busy: undefined, done: undefined, error: undefined };
    const next = { ...none, ...this.#shown, ...change };
    if (next.state === undefined || next.timeline === undefined) return;
    this.#shown = next as Shown;
    this.#focused = this.#root.activeElement?.getAttribute('name') ?? this.#focused;
    this.#root.replaceChildren(view(this.#shown, this.#acts));
    const again = this.#root.querySelector<HTMLElement>(`[name="${this.#focused}"]:not(:disabled)`);
    if (again === null) return;
    again.focus();
    this.#focused = undefined;
  }

  #fail(cause: unknown): void {
    const error = cause instanceof OwnApiError ? cause : new OwnApiError('This did not work.', 'Try again.');
    if (this.#shown) {
      this.#show({ error, busy: undefined });
      return;
    }
    const text = document.createElement('p');
    text.setAttribute('role', 'alert');
    text.textContent = `${error.message} ${error.hint}`;
    this.#root.replaceChildren(text);
  }

  /** One thing at a time: what is being done is said, and then what came of it. */
  async #do(busy: string, work: (api: OwnApi) => Promise<Partial<Shown>>): Promise<void> {
    const turn = this.#turn;
    const api = this.#api();
    if (api === undefined) return;
    this.#show({ busy, done: undefined, error: undefined });
    try {
      const change = await work(api);
      const [state, timeline] = await Promise.all([api.state(), api.timeline()]);
      if (turn === this.#turn) this.#show({ state, timeline, busy: undefined, ...change });
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  readonly #acts: Acts = {
    backUp: () =>
      void this.#do('Backing up …', async api => {
        await api.backUp();
        return { done: 'Backed up: this moment stays restorable.' };
      }),
    restore: isOpen => {
      this.#show({ restore: isOpen ? { to: '', mode: 'missing-only', reason: '' } : undefined, error: undefined });
      this.#root.querySelector('input')?.focus();
    },
    preview: (to, mode) => {
      const restore = { to, mode, reason: this.#shown?.restore?.reason ?? '' };
      this.#show({ restore });
      void this.#do('Looking what it would change …', async api => {
        const { result } = await api.preview({ to, mode });
        return { restore: result?.kind === 'counts' ? { ...restore, counts: result } : restore };
      });
    },
    ask: (counts, reason) => {
      const { target, mode, preview, hash } = counts;
      this.#show({ restore: { to: counts.time ?? target, mode, counts, reason } });
      void this.#do('Asking for the restore …', async api => {
        const { result } = await api.restore({ preview: preview ?? '', hash, reason });
        const isApplied = result?.kind === 'request' && result.applied;
        const request = result?.kind === 'request' ? result.request.id : null;
        this.dispatchEvent(new CustomEvent('holdfast-request', { detail: { request }, bubbles: true }));
        return { restore: undefined, done: isApplied ? 'Restored.' : 'Asked for: it waits for approval.' };
      });
    },
  };
}

if (!customElements.get('holdfast-safety')) customElements.define('holdfast-safety', HoldfastSafety);
