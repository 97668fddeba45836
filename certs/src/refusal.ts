/** What a person asked for and does not get; its message is the sentence that tells them why. */
export class Refusal extends Error {}
