import { Field, ID, InputType, Int } from 'type-graphql';
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
export class UpdatePageInput implements PageValues {
  @Field(() => ID, { description: 'The page’s id.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the caller saw; without it any version is changed.',
  })
  expectedVersion?: number | null;

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
export class DeletePageInput {
  @Field(() => ID, { description: 'The page’s id.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The version that the caller saw; without it any version is deleted.',
  })
  expectedVersion?: number | null;
}
