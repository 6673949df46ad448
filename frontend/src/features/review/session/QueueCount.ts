/** Events come in bursts: the count is asked for once they have come. */
const SETTLE_MS = 300;

interface QueueSource {
  /** How many images wait for this person now. */
  ask: () => Promise<number>;
  /** Whether a verdict is on its way: the server may or may not count its image meanwhile. */
  isJudging: () => boolean;
  show: (count: number) => void;
}

/**
 * How many images wait, as the server says.
 *
 * Each verdict that it took counts one less at once. An answer that was on its way at that moment says nothing
 * certain, so it is dropped, and the server is asked again.
 */
export class QueueCount {
  private readonly source: QueueSource;
  private count: number | null = null;
  /** Questions so far, and the last one whose answer is shown. */
  private asked = 0;
  private answered = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(source: QueueSource) {
    this.source = source;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Asks the server about something that also tells the length of the queue. */
  async during<T>(question: () => Promise<T>, lengthIn: (answer: T) => number | null): Promise<T> {
    const number = ++this.asked;
    const wasJudging = this.source.isJudging();
    const answer = await question();
    const length = lengthIn(answer);
    const isCertain = !wasJudging && !this.source.isJudging() && number > this.answered;
    if (length !== null && isCertain) this.show(length, number);
    return answer;
  }

  /** A verdict was taken (`by` -1), or taken back (1). */
  change(by: number): void {
    if (this.count !== null) this.show(Math.max(0, this.count + by), this.asked);
    this.soon();
  }

  /** Something happened that may change the count. */
  soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.now().catch(() => undefined), SETTLE_MS);
  }

  /** Offline it fails; the next event or heartbeat asks again. */
  async now(): Promise<void> {
    await this.during(this.source.ask, (count) => count);
  }

  /** From now on answers to earlier questions are out of date. */
  private show(count: number, question: number): void {
    this.answered = question;
    this.count = count;
    this.source.show(count);
  }
}
