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
const OCTAVE = 1 << BUCKET_BITS;
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

/** Of times that are counted in buckets, so many wait for that together. */
const LOT = 32;
/** So many times more room is made for times that are kept as they are. */
const GROWTH = 4;

type Samples = Uint32Array | Float64Array;

export class RoundTripTimes {
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #mean = 0;
  /** The sum of squared distances from the mean (Welford), which loses nothing to large values as a sum of squares does. */
  #squares = 0;
  /** Of how many times these four tell. */
  #told = 0;
  /** The first `#kept` are times: all of them, or those that are in no bucket yet. In four bytes each, as nearly all are below 4.3 s. */
  #samples: Samples = new Uint32Array(8);
  #kept = 0;
  /** Of a path's times, which fill few, from the first of them on. */
  #buckets: Uint32Array | undefined;
  #firstBucket = 0;
  #inBuckets = 0;

  get count(): number {
    return this.#inBuckets + this.#kept;
  }

  /** @param nanoseconds not negative */
  add(nanoseconds: number): void {
    if (this.#kept === this.#samples.length) this.#makeRoom();
    if (nanoseconds >>> 0 !== nanoseconds) this.#widen();
    this.#samples[this.#kept++] = nanoseconds;
  }

  #makeRoom(): void {
    if (this.#buckets !== undefined || this.#kept === EXACT_SAMPLES) this.#countInBuckets();
    else this.#resize(Math.min(this.#kept * GROWTH, EXACT_SAMPLES));
  }

  #resize(length: number): void {
    const samples = this.#samples;
    this.#samples = samples instanceof Uint32Array ? new Uint32Array(length) : new Float64Array(length);
    this.#samples.set(samples.subarray(0, this.#kept));
  }

  /** Room for a time that four bytes can't tell. */
  #widen(): void {
    if (this.#samples instanceof Uint32Array) this.#samples = Float64Array.from(this.#samples);
  }

  /** In the order in which the times came. */
  #tell(): void {
    const samples = this.#samples;
    let [min, max, mean, squares, told] = [this.#min, this.#max, this.#mean, this.#squares, this.#told];
    for (let i = told - this.#inBuckets; i < this.#kept; i++) {
      const nanoseconds = samples[i];
      if (nanoseconds < min) min = nanoseconds;
      if (nanoseconds > max) max = nanoseconds;
      const distance = nanoseconds - mean;
      mean += distance / ++told;
      squares += distance * (nanoseconds - mean);
    }
    [this.#min, this.#max, this.#mean, this.#squares, this.#told] = [min, max, mean, squares, told];
  }

  /** Puts the times that are kept into buckets. */
  #countInBuckets(): void {
    this.#tell();
    this.#makeBuckets(this.#min, this.#max);
    this.#putInBuckets(this.#samples, this.#kept);
    this.#inBuckets += this.#kept;
    this.#kept = 0;
    if (this.#samples.length !== LOT) this.#resize(LOT);
  }

  /** There are buckets for all times from `min` to `max`, and for those before. */
  #makeBuckets(min: number, max: number): void {
    const old = this.#buckets;
    let from = bucketOf(min) & -OCTAVE;
    let to = (bucketOf(max) & -OCTAVE) + OCTAVE;
    if (old !== undefined) {
      const [first, end] = [this.#firstBucket, this.#firstBucket + old.length];
      if (from >= first && to <= end) return;
      [from, to] = [Math.min(from, first), Math.max(to, end)];
    }
    this.#buckets = new Uint32Array(to - from);
    if (old !== undefined) this.#buckets.set(old, this.#firstBucket - from);
    this.#firstBucket = from;
  }

  #putInBuckets(samples: Samples, count: number): void {
    const buckets = this.#buckets as Uint32Array;
    const first = this.#firstBucket;
    for (let i = 0; i < count; i++) buckets[bucketOf(samples[i]) - first]++;
  }

  /** Adds the times of another, as if they had come here. */
  merge(other: RoundTripTimes): void {
    if (other.count === 0) return;
    this.#tell();
    other.#tell();
    const before = this.count;
    const count = before + other.count;
    if (count <= EXACT_SAMPLES) {
      for (let i = 0; i < other.#kept; i++) this.add(other.#samples[i] as number);
    } else {
      if (this.#kept > 0) this.#countInBuckets();
      this.#makeBuckets(Math.min(this.#min, other.#min), Math.max(this.#max, other.#max));
      this.#putInBuckets(other.#samples, other.#kept);
      const buckets = this.#buckets as Uint32Array;
      const theirs = other.#buckets ?? [];
      for (let i = 0; i < theirs.length; i++)
        buckets[other.#firstBucket - this.#firstBucket + i] += theirs[i];
      this.#inBuckets = count;
    }
    this.#told = count;
    const distance = other.#mean - this.#mean;
    this.#squares += other.#squares + (distance * distance * before * other.count) / count;
    this.#mean += (distance * other.count) / count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /**
   * How many times lie in each of `bins` ranges from the shortest to the longest, each the same number of times as long as the
   * one before; one range where all are the same. Empty where there were none.
   */
  histogram(bins: number): RoundTripBin[] {
    if (this.count === 0) return [];
    this.#tell();
    const min = Math.max(1, this.#min);
    const factor = Math.max(1, this.#max / min);
    const ranges = factor === 1 ? 1 : bins;
    const counts = new Array<number>(ranges).fill(0);
    const put = (nanoseconds: number, count: number) => {
      const share = factor === 1 ? 0 : Math.log(Math.max(1, nanoseconds) / min) / Math.log(factor);
      counts[Math.max(0, Math.min(ranges - 1, Math.floor(share * ranges)))] += count;
    };
    if (this.#buckets !== undefined) this.#countInBuckets();
    for (let i = 0; i < this.#kept; i++) put(this.#samples[i] as number, 1);
    this.#buckets?.forEach((times, i) => {
      if (times > 0) put(middleOf(this.#firstBucket + i), times);
    });
    return counts.map((count, i) => ({
      from: milliseconds(min * factor ** (i / ranges)),
      to: milliseconds(min * factor ** ((i + 1) / ranges)),
      count,
    }));
  }

  /** Null where there were none. */
  summary(): RoundTripSummary | null {
    if (this.count === 0) return null;
    this.#tell();
    if (this.#buckets !== undefined) this.#countInBuckets();
    const isSame = this.#min === this.#max;
    const sorted = isSame ? this.#samples : this.#samples.slice(0, this.#kept).sort();
    return {
      min: milliseconds(this.#min),
      average: milliseconds(this.#mean),
      max: milliseconds(this.#max),
      stddev: milliseconds(Math.sqrt(this.#squares / this.count)),
      p50: milliseconds(this.#percentile(0.5, sorted)),
      p95: milliseconds(this.#percentile(0.95, sorted)),
    };
  }

  #percentile(share: number, sorted: Samples): number {
    const rank = Math.max(1, Math.ceil(share * this.count));
    const buckets = this.#buckets;
    if (buckets === undefined) return sorted[rank - 1] as number;
    let bucket = 0;
    for (let seen = buckets[0] as number; seen < rank; seen += buckets[bucket] as number) bucket++;
    return Math.min(Math.max(middleOf(this.#firstBucket + bucket), this.#min), this.#max);
  }
}

/** With nanoseconds as the last digit. */
function milliseconds(nanoseconds: number): number {
  return Math.round(nanoseconds) / NANOSECONDS_PER_MILLISECOND;
}
