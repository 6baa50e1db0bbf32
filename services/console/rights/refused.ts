// How a question is refused: the words are for a person.

export interface Refusal extends Error {
  readonly statusCode: number;
  /** When it may be asked again, s. */
  readonly afterS?: number;
}

export const refused = (statusCode: number, error: Error): Refusal => Object.assign(error, { statusCode });

export const notThere = (text: string): Error => refused(404, new Error(text));
export const forbidden = (text: string): Error => refused(403, new Error(text));

/** A partner that somebody may not see is refused by the same words as one that is not there. */
export const noPartner = (name: string): Error => notThere(`there is no partner ${name} that delivers or streams`);
/** @param afterS when it may be asked again, s @param status of whoever asks too much themselves, or 503: all together do */
export const tooMany = (text: string, afterS: number, status: 429 | 503 = 429): Refusal =>
  Object.assign(refused(status, new Error(text)), { afterS });
export const unauthorized = (text: string): Error => refused(401, new Error(text));
