import { useMemo, useSyncExternalStore } from "react";

/** A value outside React that components can follow; each change is a new value. */
export class Store<T> {
  private value: T;
  private readonly listeners = new Set<() => void>();

  constructor(initial: T) {
    this.value = initial;
  }

  readonly get = (): T => this.value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Calls back when one of these fields changes, and not when only others do. */
  follow(fields: readonly (keyof T)[], listener: () => void): () => void {
    const get = fieldsOf(this, fields);
    let last = get();
    return this.subscribe(() => {
      const now = get();
      if (now === last) return;
      last = now;
      listener();
    });
  }

  set(next: T): void {
    if (Object.is(next, this.value)) return;
    this.value = next;
    for (const listener of this.listeners) listener();
  }

  /** Changes some fields; nobody is told when they are what they were. */
  update(change: Partial<T>): void {
    const fields = Object.keys(change) as (keyof T)[];
    if (fields.every((field) => Object.is(this.value[field], change[field]))) return;
    this.set({ ...this.value, ...change });
  }
}

/** Renders again whenever the store's value changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Some fields of the store's value; renders again only when one of them changes. The fields stay the same. */
export function useFields<T, K extends keyof T>(store: Store<T>, ...fields: K[]): Pick<T, K> {
  const wanted = fields.join();
  // eslint-disable-next-line react-hooks/exhaustive-deps -- an array of arguments is new each time
  const get = useMemo(() => fieldsOf(store, fields), [store, wanted]);
  return useSyncExternalStore(store.subscribe, get);
}

function fieldsOf<T, K extends keyof T>(store: Store<T>, fields: readonly K[]): () => Pick<T, K> {
  let last: Pick<T, K> | null = null;
  return () => {
    const value = store.get();
    if (!last || fields.some((field) => !Object.is(last![field], value[field]))) {
      last = Object.fromEntries(fields.map((field) => [field, value[field]])) as Pick<T, K>;
    }
    return last;
  };
}
