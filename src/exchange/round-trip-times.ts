/** Round-trip times, counted as they come, in bounded memory. */

/** As in the verdict; milliseconds. */
export interface RoundTripSummary {
  /** The shortest. */
  readonly min: number;
  /** The mean. */
  readonly average: number;
  /** The longest. */
  readonly max: number;
  /** The standard deviation of the whole population, like ping's mdev. */
  readonly stddev: number;
  /** The median and the 95th percentile, by nearest rank. */
  readonly p50: number;
  /** 95 of 100 are no longer. */
  readonly p95: number;
}

/** Times of one range, and how many they are; milliseconds. */
export interface RoundTripBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** So many times are kept as they are, and give exact percentiles. */
export const EXACT_SAMPLES = 2048;
/**
 * Past that, percentiles come from counts in buckets, 64 to each doubling: a bucket's middle is at most 1/128 (0.8%) away
 * from any value in it.
 */
const BUCKET_BITS = 6;
/** Covers 1 ns to 2^53 ns (104 days); what is beyond counts in the last bucket. */
const BUCKETS = 53 << BUCKET_BITS;

// A double's own exponent and first mantissa bits are the bucket's number: a logarithm without one.
const double = new Float64Array(1);
const highWord = new Int32Array(double.buffer);
// Which of the two words holds the exponent depends on the machine's byte order.
double[0] = 1;
const HIGH = highWord[1] !== 0 ? 1 : 0;
const BIAS = 1023 << BUCKET_BITS;
const BUCKET_SHIFT = 20 - BUCKET_BITS;

function bucketOf(nanoseconds: number): number {
  if (nanoseconds < 1) return 0;
  double[0] = nanoseconds;
  return Math.min((highWord[HIGH] >>> BUCKET_SHIFT) - BIAS, BUCKETS - 1);
}

function middleOf(bucket: number): number {
  const within = bucket & ((1 << BUCKET_BITS) - 1);
  return 2 ** (bucket >> BUCKET_BITS) * (1 + (within + 0.5) / (1 << BUCKET_BITS));
}

const NANOSECONDS_PER_MILLISECOND = 1e6;

export class RoundTripTimes {
  count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #mean = 0;
  /** The sum of squared distances from the mean (Welford), which loses nothing to large values as a sum of squares does. */
  #squares = 0;
  #samples = new Float64Array(8);
  #buckets: Uint32Array | undefined;

  /** The buckets that hold anything, by the shortest and the longest time: a path's times fill few of them. */
  #first(): number {
    return bucketOf(this.#min);
  }

  #last(): number {
    return bucketOf(this.#max);
  }

  /** @param nanoseconds not negative */
  add(nanoseconds: number): void {
    const before = this.count;
    if (this.#buckets !== undefined) this.#buckets[bucketOf(nanoseconds)]++;
    else this.#keep(before, nanoseconds);
    this.count = before + 1;
    if (nanoseconds < this.#min) this.#min = nanoseconds;
    if (nanoseconds > this.#max) this.#max = nanoseconds;
    const distance = nanoseconds - this.#mean;
    this.#mean += distance / this.count;
    this.#squares += distance * (nanoseconds - this.#mean);
  }

  #keep(index: number, nanoseconds: number): void {
    if (index === EXACT_SAMPLES) {
      this.#countInBuckets()[bucketOf(nanoseconds)]++;
      return;
    }
    if (index === this.#samples.length) {
      const larger = new Float64Array(index * 2);
      larger.set(this.#samples);
      this.#samples = larger;
    }
    this.#samples[index] = nanoseconds;
  }

  /** The buckets, with the samples so far in them. */
  #countInBuckets(): Uint32Array {
    if (this.#buckets === undefined) {
      this.#buckets = new Uint32Array(BUCKETS);
      for (const sample of this.#samples.subarray(0, this.count)) this.#buckets[bucketOf(sample)]++;
      this.#samples = new Float64Array(0);
    }
    return this.#buckets;
  }

  /** Adds the times of another, as if they had come here. */
  merge(other: RoundTripTimes): void {
    if (other.count === 0) return;
    if (this.count === 0) {
      this.#samples = other.#samples.slice();
      this.#buckets = other.#buckets?.slice();
    } else if (other.#buckets === undefined && this.count + other.count <= EXACT_SAMPLES) {
      for (let i = 0; i < other.count; i++) this.#keep(this.count + i, other.#samples[i]);
    } else {
      const buckets = this.#countInBuckets();
      if (other.#buckets !== undefined) {
        const last = other.#last();
        for (let i = other.#first(); i <= last; i++) buckets[i] += other.#buckets[i];
      } else for (let i = 0; i < other.count; i++) buckets[bucketOf(other.#samples[i])]++;
    }
    const count = this.count + other.count;
    const distance = other.#mean - this.#mean;
    this.#squares += other.#squares + (distance * distance * this.count * other.count) / count;
    this.#mean += (distance * other.count) / count;
    this.count = count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /**
   * How many times lie in each of `bins` ranges from the shortest to the longest, each the same number of times as long as the
   * one before; one range where all are the same. Empty where there were none.
   */
  histogram(bins: number): RoundTripBin[] {
    if (this.count === 0) return [];
    const min = Math.max(1, this.#min);
    const factor = Math.max(1, this.#max / min);
    const ranges = factor === 1 ? 1 : bins;
    const counts = new Array<number>(ranges).fill(0);
    const put = (nanoseconds: number, count: number) => {
      const share = factor === 1 ? 0 : Math.log(Math.max(1, nanoseconds) / min) / Math.log(factor);
      counts[Math.max(0, Math.min(ranges - 1, Math.floor(share * ranges)))] += count;
    };
    if (this.#buckets === undefined) for (let i = 0; i < this.count; i++) put(this.#samples[i] as number, 1);
    else for (let i = 0; i < BUCKETS; i++) if (this.#buckets[i] !== 0) put(middleOf(i), this.#buckets[i]);
    return counts.map((count, i) => ({
      from: milliseconds(min * factor ** (i / ranges)),
      to: milliseconds(min * factor ** ((i + 1) / ranges)),
      count,
    }));
  }

  /** Null where there were none. */
  summary(): RoundTripSummary | null {
    if (this.count === 0) return null;
    const sorted = this.#buckets === undefined ? this.#samples.slice(0, this.count).sort() : undefined;
    return {
      min: milliseconds(this.#min),
      average: milliseconds(this.#mean),
      max: milliseconds(this.#max),
      stddev: milliseconds(Math.sqrt(this.#squares / this.count)),
      p50: milliseconds(this.#percentile(0.5, sorted)),
      p95: milliseconds(this.#percentile(0.95, sorted)),
    };
  }

  #percentile(share: number, sorted: Float64Array | undefined): number {
    const rank = Math.max(1, Math.ceil(share * this.count));
    if (sorted !== undefined) return sorted[rank - 1] as number;
    const buckets = this.#buckets as Uint32Array;
    let bucket = this.#first();
    for (let seen = buckets[bucket] as number; seen < rank; seen += buckets[bucket] as number) bucket++;
    return Math.min(Math.max(middleOf(bucket), this.#min), this.#max);
  }
}

/** With nanoseconds as the last digit. */
function milliseconds(nanoseconds: number): number {
  return Math.round(nanoseconds) / NANOSECONDS_PER_MILLISECOND;
}
