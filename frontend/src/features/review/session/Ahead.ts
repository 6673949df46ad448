import type { LoadedTask } from "./loadTask";

interface Coming {
  loading: Promise<LoadedTask | null>;
  /** Once it is there: then a verdict shows it without waiting for anything. */
  loaded: LoadedTask | null;
}

interface AheadSource {
  /** Leases and loads the best task but for these; null when there is no other. */
  load: (but: string[]) => Promise<LoadedTask | null>;
  /** Gives back what is not wanted any more; resolves when the server knows, or cannot be reached. */
  putBack: (loaded: LoadedTask) => Promise<void>;
  /** Tasks that the server must not offer again: on the screen, or with a verdict on its way. */
  busy: () => string[] | null;
  /** Told of the first one when one was loaded; what is dropped mostly comes again. */
  nextIs: (next: LoadedTask | null) => void;
}

/** As many are loaded behind the image on the screen: a quick verdict or two never wait for a picture. */
export const LOADED_AHEAD = 2;

/** The tasks behind the one on the screen, leased and decoded in the order in which the server offers them. */
export class Ahead {
  private readonly source: AheadSource;
  private coming: Coming[] = [];
  private filling: Promise<void> | null = null;
  /** Resolves when the server knows of everything that was dropped. */
  private returned: Promise<unknown> = Promise.resolve();

  constructor(source: AheadSource) {
    this.source = source;
  }

  /** Tasks that are ready. */
  get loaded(): LoadedTask[] {
    return this.coming.flatMap(({ loaded }) => (loaded ? [loaded] : []));
  }

  /** The first one, if it is ready. */
  get next(): LoadedTask | null {
    return this.coming[0]?.loaded ?? null;
  }

  /** Takes the first one out; null when nothing is on its way. */
  take(): Coming | null {
    return this.coming.shift() ?? null;
  }

  /** Puts a task that was on the screen before all others. */
  putFirst(loaded: LoadedTask): void {
    this.coming.unshift({ loading: Promise.resolve(loaded), loaded });
    this.source.nextIs(this.next);
  }

  /** Loads what is missing, one after the other, so that the order stays the server's. */
  fill(): Promise<void> {
    this.filling ??= this.fillUp().finally(() => (this.filling = null));
    return this.filling;
  }

  /** Lets everything go; resolves when the server knows. */
  drop(): Promise<void> {
    const dropped = this.coming;
    this.coming = [];
    const giveBack = async ({ loading }: Coming): Promise<void> => {
      const loaded = await loading.catch(() => null);
      if (loaded) await this.source.putBack(loaded);
    };
    const given = Promise.all([this.returned, ...dropped.map(giveBack)]);
    this.returned = given;
    return given.then(() => undefined);
  }

  /**
   * Resolves when nothing dropped is on its way back. Wait for it before leasing: what is leased while it is still
   * held keeps its token, and the release that comes after would end the new lease too.
   */
  async settled(): Promise<void> {
    await this.returned;
  }

  private async fillUp(): Promise<void> {
    while (this.coming.length < LOADED_AHEAD) {
      await this.returned;
      if (!(await this.loadOne())) return;
    }
  }

  /** Says whether there may be more. */
  private async loadOne(): Promise<boolean> {
    const busy = this.source.busy();
    if (!busy) return false;
    const one: Coming = {
      loading: this.source.load([...busy, ...this.loaded.map(({ task }) => task.id)]),
      loaded: null,
    };
    this.coming.push(one);
    try {
      one.loaded = await one.loading;
    } catch {
      // Shown only if the reviewer gets there: then it is asked for again.
    }
    this.source.nextIs(this.next);
    if (one.loaded) return true;
    this.coming = this.coming.filter((each) => each !== one);
    return false;
  }
}
