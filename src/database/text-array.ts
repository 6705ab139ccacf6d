import { ArrayType } from '@mikro-orm/core';

/**
 * A column of the type `text[]`. The ORM's own type leaves the word NULL without quotes, which PostgreSQL takes for no value,
 * and escapes as JSON does, which PostgreSQL does not.
 */
export class TextArrayType extends ArrayType<string> {
  override convertToDatabaseValue(value: string[] | null): string | null {
    return value && `{${value.map(item => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
  }

  override getColumnType(): string {
    return 'text[]';
  }
}
