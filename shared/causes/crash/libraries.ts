import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { who } from '../wording.ts'
import { afterwards, cited, closing, debugCopy, ending, spoken } from './case.ts'
import { said } from './said.ts'

/** What a program needs of its image beyond its own files. */
export const libraries: readonly Cause[] = [
  {
    code: 'MissingSharedLibrary',
    family: 'crash',
    title: 'A native library is not in the image',
    severity: 'critical',
    meaning: 'A shared library, or the version of one, or a native module is not in the image.',
    knownBy: [
      'The loader says "error while loading shared libraries" or names a version of GLIBC; a native module cannot be opened.',
    ],
    clues: said({
      text: anyOf([
        /error while loading shared libraries|cannot open shared object file/,
        /version `?(?:GLIBC|GLIBCXX|CXXABI|OPENSSL|libc)[\w.]{1,20}'? not found|GLIBC_[\d.]{1,8}'? not found/,
        /Error loading shared library|Error relocating \S{1,200}: \S{1,100}: symbol not found|symbol lookup error/,
        /undefined symbol: |UnsatisfiedLinkError|[Ll]ibrary not loaded|DllNotFoundException/,
        /Unable to load (?:shared library|DLL)|Could not load library|cannot load library/,
        /ImportError: (?:lib|\/)\S{1,200}\.so|ImportError: lib\S{1,100}|invalid ELF header|wrong ELF class/,
        /ERR_DLOPEN_FAILED|was compiled against a different Node\.js version|NODE_MODULE_VERSION/,
        /Could not (?:find|load) the "?\w{1,30}"? (?:module|library).{0,60}(?:native|linux|musl|runtime)/,
        /Something went wrong installing the "sharp"|Could not locate the Query Engine|libquery_engine/,
        /PrismaClientInitializationError: (?:Unable to require|Query engine)|libssl\S{0,20}: cannot/,
        /PHP Startup: Unable to load dynamic library/,
        /Failed to load (?:native library|the native|libc?rypto|libhostfxr)|libhostfxr|libicu/,
        /Couldn't find a valid ICU package|Cannot get required symbol|No usable version of (?:libssl|the libssl)/,
        /[Tt]he required library \S{1,100} could not be found|Failed to open lib\S{1,80}\.so|shared object file/,
      ]),
      unless: /LD_PRELOAD cannot be preloaded|ignored|dlerror/,
      confidence: 'certain',
      weight: 83,
    }).concat(
      said({
        text: anyOf([
          /[Yy]ou must install|(?:runtime|framework|library|driver|extension|package|codec) \S{0,80} ?(?:is|was) not (?:installed|available)/,
          /Found no NVIDIA driver|no CUDA-capable device|CUDA driver version is insufficient|driver\/library version mismatch/,
        ]),
        weight: 60,
      }),
    ),
    explain: (given) =>
      `${who(given)} cannot load a native library. ${spoken(given)}: ${cited(given.quote)}. The program was built against libraries that image ${given.spec?.image ?? '(unknown)'} does not have: built on another distribution or release (glibc against musl of Alpine, a newer glibc), or its package was not installed in the final stage of the image.${ending(given)}${closing(given, /image|command|LD_LIBRARY_PATH/)}`,
    remedies: (given) => [
      debugCopy(given, 'See which libraries are missing.', 'ldd /path/to/program'),
      {
        text: 'Install the package that holds the library in the final stage of the image, or build on the same distribution and release as it; static linking (CGO_ENABLED=0, musl target) needs none.',
      },
      ...afterwards(given),
    ],
    factor: (given) => given.spec?.image,
  },
]
