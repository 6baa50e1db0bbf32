// Which records a program's thread is at work on, kept where another thread can read it when this one stands (thread-watch.ts).
// Two kinds: the one record that code is running for right now, and those whose requests are on their way. A mark is four
// numbers written into shared memory: no object, no lock. The watching thread reads only when this one stands still.

/** What is being done with a record, and for whom. */
export interface PartnerTopic {
  readonly partner: string;
  readonly topic: string;
}

export interface Mark {
  readonly partnerTopic: number;
  readonly partition: number;
  readonly offset: number;
  /** 0: it is being read; the number of its attempt otherwise. */
  readonly attempt: number;
}

/** Requests on their way that are kept; more than a process sends at once. */
const FLIGHTS_MAX = 4_096;
const FIELDS = 4;
const FREE = -1;
/** A counter of four bytes, on a boundary of eight. */
const HEAD_BYTES = 8;
/** The mark of now comes before the flights. */
const NOW = 0;

export class AtWork {
  readonly memory = new SharedArrayBuffer(HEAD_BYTES + (1 + FLIGHTS_MAX) * FIELDS * Float64Array.BYTES_PER_ELEMENT);
  readonly #beats = new Int32Array(this.memory, 0, 1);
  readonly #marks = new Float64Array(this.memory, HEAD_BYTES).fill(FREE);
  readonly #free: number[] = [];
  /** Slots below it have been used. */
  #high = NOW + 1;
  readonly #partnerTopics = new Map<string, number>();
  #flights = 0;
  #flown = 0;
  /** Hears of each new one; the watching thread cannot ask. */
  onPartnerTopic: (partnerTopic: PartnerTopic) => void = () => undefined;

  /** Requests on their way. */
  get flights(): number {
    return this.#flights;
  }

  /** @returns tells whether requests are on their way, or have left since it was last asked */
  sending(): () => boolean {
    let flown = 0;
    return () => {
      const isSending = this.#flights > 0 || this.#flown !== flown;
      flown = this.#flown;
      return isSending;
    };
  }

  /** This thread runs. */
  beat(): void {
    Atomics.add(this.#beats, 0, 1);
  }

  /** The number by which marks name a partner and a topic. */
  numberOf(partnerTopic: PartnerTopic): number {
    const key = `${partnerTopic.partner}\n${partnerTopic.topic}`;
    const known = this.#partnerTopics.get(key);
    if (known !== undefined) return known;
    const number = this.#partnerTopics.size;
    this.#partnerTopics.set(key, number);
    this.onPartnerTopic(partnerTopic);
    return number;
  }

  /** Places so far, by their numbers. */
  get partnerTopics(): PartnerTopic[] {
    return [...this.#partnerTopics.keys()].map((key) => {
      const [partner = '', topic = ''] = key.split('\n');
      return { partner, topic };
    });
  }

  /**
   * From here on code runs for this record, and no other. That is a beat: Node lets no timer fire before it has handled all sockets that
   * have something, and with hundreds of partners that may take longer than a thread may stand.
   */
  begin(partnerTopic: number, partition: number, offset: number, attempt: number): void {
    this.beat();
    this.#write(NOW, partnerTopic, partition, offset, attempt);
  }

  /** Code runs for no record. */
  end(): void {
    this.#marks[NOW] = FREE;
  }

  /** A request leaves. @returns what to land it with */
  fly(partnerTopic: number, partition: number, offset: number, attempt: number): number {
    this.#flights += 1;
    this.#flown += 1;
    const slot = this.#free.pop() ?? this.#high;
    if (slot > FLIGHTS_MAX) return FREE;
    if (slot === this.#high) this.#high += 1;
    this.#write(slot, partnerTopic, partition, offset, attempt);
    return slot;
  }

  land(slot: number): void {
    this.#flights -= 1;
    if (slot === FREE) return;
    this.#marks[slot * FIELDS] = FREE;
    this.#free.push(slot);
  }

  #write(slot: number, partnerTopic: number, partition: number, offset: number, attempt: number): void {
    const at = slot * FIELDS;
    this.#marks[at] = partnerTopic;
    this.#marks[at + 1] = partition;
    this.#marks[at + 2] = offset;
    this.#marks[at + 3] = attempt;
  }
}

/** What the watching thread sees of it. */
export class AtWorkView {
  readonly #beats: Int32Array;
  readonly #marks: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#beats = new Int32Array(memory, 0, 1);
    this.#marks = new Float64Array(memory, HEAD_BYTES);
  }

  get beat(): number {
    return Atomics.load(this.#beats, 0);
  }

  /** The record that code is running for; else all whose requests are on their way. Only while the other thread stands. */
  get marks(): Mark[] {
    const now = this.#mark(NOW);
    if (now) return [now];
    const flights = Array.from({ length: FLIGHTS_MAX }, (_, index) => this.#mark(index + 1));
    return flights.filter((mark) => mark !== undefined);
  }

  #mark(slot: number): Mark | undefined {
    const [partnerTopic = FREE, partition = 0, offset = 0, attempt = 0] = this.#marks.subarray(
      slot * FIELDS,
      (slot + 1) * FIELDS,
    );
    return partnerTopic === FREE ? undefined : { partnerTopic, partition, offset, attempt };
  }
}
