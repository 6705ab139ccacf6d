/** JSON that PostgreSQL wrote, to be sent as it stands. */
export class JsonText {
  constructor(readonly text: string) {}

  /** For those who look into an answer instead of sending it. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}
