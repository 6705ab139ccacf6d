import type { FormattedExecutionResult } from 'graphql';
import { JsonText } from '../plans/json-text.js';

/** The text of an answer. What PostgreSQL wrote as JSON is sent as it stands. */
export function stringifyResult({ errors, data, extensions }: FormattedExecutionResult): string {
  const parts = [
    errors && `"errors":${JSON.stringify(errors)}`,
    data !== undefined && `"data":${data instanceof JsonText ? data.text : JSON.stringify(data)}`,
    extensions && `"extensions":${JSON.stringify(extensions)}`,
  ];
  return `{${parts.filter(Boolean).join(',')}}\n`;
}
