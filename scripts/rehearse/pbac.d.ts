declare module 'pbac' {
  export default class PBAC {
    constructor(policy: object)
    evaluate(call: { readonly action: string; readonly resource: string; readonly context: object }): boolean
  }
}
