/**
 * Stands in bundles for `@aws-sdk/credential-provider-node`: Lambda gives a function its role's credentials in the environment, so that
 * the readers of profiles, single sign-on and instance metadata, 100 KB of them, would only be loaded at each cold start.
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, as they are in every Lambda function')
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
}
