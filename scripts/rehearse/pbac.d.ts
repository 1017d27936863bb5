declare module 'pbac' {
  export default class PBAC {
    constructor(policy: object, options: { readonly validateSchema: boolean; readonly validatePolicies: boolean })
    evaluate(call: { readonly action: string; readonly resource: string; readonly context: object }): boolean
  }
}
