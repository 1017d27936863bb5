import picocolors from 'picocolors'

// Node leaves isTTY out where output is piped, and picocolors takes undefined for "as the environment says": CI would be painted.
const isSeen = process.stdout.isTTY ? picocolors.isColorSupported : false

/** Colours where somebody looks; what is piped is read by programs. */
export const colors = picocolors.createColors(isSeen)
