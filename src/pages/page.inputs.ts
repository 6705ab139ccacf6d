import { Field, InputType } from 'type-graphql';
import { versionInput } from '../graphql/object-input.js';
import type { PageValues } from './page.service.js';

const url = 'Where the page is shown: an `https` or `http` URL, or a path that begins with `/`; unique.';
const language = 'The code of the language that it is written in, such as `en`; one of the setting `GUIDE_LANGUAGES`.';

/** A page to be written. */
@InputType({ description: 'A page to be written.' })
export class CreatePageInput implements PageValues {
  @Field(() => String, { description: 'The page’s title.' })
  title!: string;

  @Field(() => String, { description: url })
  url!: string;

  @Field(() => String, { description: language })
  language!: string;

  @Field(() => String, { description: 'The text, without markup; at most 100,000 characters.' })
  body!: string;
}

/** What of a page is changed. What is left out stays as it is. */
@InputType({ description: 'What of a page is changed. What is left out stays as it is.' })
export class UpdatePageInput extends versionInput('page', 'changed') implements PageValues {
  @Field(() => String, { nullable: true, description: 'The page’s title.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: url })
  url?: string | null;

  @Field(() => String, { nullable: true, description: language })
  language?: string | null;

  @Field(() => String, { nullable: true, description: 'The text, without markup; at most 100,000 characters.' })
  body?: string | null;
}

/** A page that is no longer wanted. */
@InputType({ description: 'A page that is no longer wanted.' })
export class DeletePageInput extends versionInput('page', 'deleted') {}
