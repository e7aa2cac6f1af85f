/** What a first pass over a capture learns: by a request's number, that of its answer. */
export class Answers {
  #answers = new Uint32Array(1024);
  #isLearning = false;
  #isKnown = false;
  /** The last packet of the first pass: of later ones nothing is known ahead. */
  #last = 0;

  /** Each packet is told, in order. */
  see(packet: number): void {
    if (this.#isLearning) this.#last = packet;
  }

  learn(request: number, answer: number): void {
    if (!this.#isLearning) return;
    if (request >= this.#answers.length) {
      const grown = new Uint32Array(Math.max(request + 1, this.#answers.length * 2));
      grown.set(this.#answers);
      this.#answers = grown;
    }
    this.#answers[request] = answer;
  }

  /** @returns 0 where the request has none, undefined where that is not known */
  to(request: number): number | undefined {
    return this.#isKnown && request <= this.#last ? (this.#answers[request] ?? 0) : undefined;
  }

  beginFirstPass(): void {
    this.#isLearning = true;
  }

  startOver(): void {
    this.#isKnown = this.#isLearning || this.#isKnown;
    this.#isLearning = false;
  }
}
