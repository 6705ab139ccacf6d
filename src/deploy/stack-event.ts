import { z } from 'zod';

/** What CloudFormation sends to a custom resource, as far as it matters here. */
const stackEvent = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  /** Where the answer goes: a URL that is signed beforehand, and so a secret. */
  ResponseURL: z.url({ protocol: /^https?$/ }),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  ResourceProperties: z.object({
    /** What `pier2 migrate hash` prints for the build that is deployed. */
    MigrationHash: z.string().optional(),
  }),
});

/** A request of CloudFormation. */
export type StackEvent = z.infer<typeof stackEvent>;

/**
 * Reads what the function was called with.
 * @throws ZodError when it is no request of CloudFormation, which nobody waits for an answer to
 */
export function readStackEvent(event: unknown): StackEvent {
  return stackEvent.parse(event);
}
