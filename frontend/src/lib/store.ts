import { useSyncExternalStore } from "react";

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
