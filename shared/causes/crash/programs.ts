import type { Observation } from '../../observation.ts'
import { signalOf } from '../../observe/exit-codes.ts'
import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { inNamespace, nodeOf, who } from '../wording.ts'
import { afterwards, cited, closing, debugCopy, endOf, ending, readPrevious, spoken } from './case.ts'
import { said } from './said.ts'

const nativeCodes = new Set([132, 133, 134, 135, 136, 139])

/** The frames of the stack trace below the line that explains, the program's own first. */
function whereOf({ observation, quote }: Case): string {
  const log = observation.evidence.find((e) => e.source === 'log' && e.lines.includes(quote))
  if (log?.source !== 'log') return ''
  const own = log.lines.find((line) => framePlace.test(line) && !foreign.test(line))
  const place = own === undefined ? undefined : framePlace.exec(own)?.slice(1).find(Boolean)
  return place === undefined ? '' : ` The first frame of its own code is ${place.trim()}.`
}
const framePlace =
  /^\s{0,12}(?:at .{0,200}?\(?((?:file:\/\/)?\/?[\w@./-]{1,200}\.\w{1,5}:\d{1,6})|File "([^"]{1,200}", line \d{1,6})|at ([\w.$]{1,200}\([\w.]{1,100}:\d{1,6}\))|(\/?[\w./-]{1,200}\.(?:go|rb|rs|ex|php):\d{1,6})|from (\/?[\w./-]{1,200}:\d{1,6}))/
const foreign =
  /node_modules|node:internal|site-packages|\/usr\/lib|\/usr\/local\/(?:lib|go)|java\.(?:base|lang|util)|org\.springframework|\/gems\/|runtime\/|vendor\/|\(internal\//

const isOwnFault = (all: Observation) => endOf(all)?.exitCode !== 0

/** Failures of the program itself. */
export const programs: readonly Cause[] = [
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
      unless: /LD_PRELOAD cannot be preloaded|ignored/,
      confidence: 'certain',
      weight: 83,
    }),
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
  {
    code: 'DataUnusable',
    family: 'crash',
    title: 'The stored state of the program cannot be used',
    severity: 'critical',
    meaning: "The program's own stored state is corrupt, locked by another instance, or of an incompatible version.",
    knownBy: ['The log tells of corruption, a lock that is held, or state written by another version.'],
    clues: [
      ...said({
        text: anyOf([
          /could not locate a valid checkpoint|invalid (?:primary )?checkpoint|database files are incompatible/,
          /initialized by PostgreSQL version|lock file "?postmaster\.pid"? already exists/,
          /invalid (?:page|magic number|record length)|pg_control/,
          /PANIC:.{0,60}(?:checkpoint|WAL|could not (?:open|read|write|locate))|is not compatible with this version/,
          /Unable to lock \.?\/?ib/,
          /InnoDB: .{0,100}(?:corrupt|Unable to lock|Upgrade after a crash|unsupported|downgrade|different size|Cannot|Operating system error number 11)/,
          /Upgrade after a crash|Cannot (?:upgrade|downgrade)|downgrade is not|Invalid MySQL server (?:up|down)grade/,
          /Data Dictionary (?:initialization|upgrade)|tc\.log|Table '.{0,80}' is marked as crashed|aria_log_control/,
          /Aria (?:recovery|engine)/,
          /[Ww]iredTiger.{0,200}(?:corrupt|unsupported|WT_PANIC|checksum|error|Resource temporarily)|WT_PANIC/,
          /featureCompatibilityVersion|Wrong mongod version|incompatible.{0,40}(?:data|version)|DBPathInUse/,
          /mongod\.lock|Unable to (?:create\/open|lock) the? ?lock ?file|lock DB directory|opening storage failed/,
          /lock(?:ing)? (?:the )?(?:DB|data(?:base)?|storage|file|directory)\b[^\n]{0,100}(?:unavailable|fail|held|in use)/,
          /resource temporarily unavailable|[Rr]esource temporarily unavailable/,
          /[Ff]ailed to (?:obtain|acquire|get) (?:node |the |a |file )?lock/,
          /[Cc]annot (?:obtain|acquire|get|lock)[^\n]{0,40}lock|obtain node lock|LockObtainFailed|Lock held by/,
          /lock (?:is )?(?:already )?held/,
          /already (?:locked|in use by another|opened by another|being used by another)/,
          /another (?:instance|process|server|node|program|copy)[^\n]{0,80}(?:using|running|lock|owns|holds|has|already|is )/,
          /locked by another|(?:database|db|file|directory|store|repository|index) (?:is )?(?:already )?locked\b/,
          /timeout (?:waiting|obtaining).{0,30}lock|bolt.{0,40}timeout|Wrong signature trying to load DB/,
          /Bad file format reading the append only|Fatal error loading the DB|Can't handle RDB format/,
          /Short read or OOM loading DB|Unexpected end of file reading the append only/,
          /AOF.{0,60}(?:corrupt|broken|Unknown|fix)|RDB.{0,40}(?:corrupt|version)|tocommit\(\d/,
          /Was the raft log corrupted|raft.{0,60}corrupt|snapshot.{0,60}(?:corrupt|missing|mismatch)/,
          /failed to (?:recover|read|open|replay|load|find).{0,30}(?:WAL|wal|snapshot|db file|segment|chunk|head)\b/,
          /wal: (?:crc|max entry|file|slice)|walpb|crc mismatch|CRC32/,
          /checksum (?:mismatch|error|failed|does not match)|[Cc]orrupt(?:ed|ion)?\b|freepages|reachable pages/,
          /log sequence number \d{1,20} is in the future|Can't lock aria|Truncated log/,
          /DatabaseError: database disk image|featureCompatibilityVersion|cannot read data|CorruptIndex/,
          /CorruptRecord|TranslogCorrupted|member (?:\S{1,40} )?has already been bootstrapped/,
          /has been (?:already |permanently )?removed from the cluster|server is already running/,
          /[Pp]id ?file[^\n]{0,80}(?:already )?exist|member (?:count|ID).{0,40}(?:unequal|mismatch)/,
          /cluster ID mismatch|Invalid cluster\.id|InconsistentClusterId|meta\.properties/,
          /doesn't match stored (?:brokerId|clusterId)|Configured (?:broker\.id|node\.id) .{0,60}doesn't match/,
          /logDirs? .{0,60}(?:offline|locked)|log dirs? .{0,60}have failed|Failed to acquire lock on file \.lock/,
          /\.lock\b[^\n]{0,60}(?:exist|held|acquire|locked)|epoch.{0,60}(?:older|less|mismatch)|acceptedEpoch/,
          /Unable to load database on disk|No snapshot found, but there are log|Unreasonable length/,
          /LOCK: (?:already|Resource)|IO error: (?:lock|While lock)/,
          /(?:leveldb|rocksdb|RocksDB)[^\n]{0,80}(?:lock|corrupt|error|fail)|SQLITE_CORRUPT|SQLITE_NOTADB/,
          /SQLITE_BUSY|database disk image is malformed|file is (?:not|encrypted or is not) a database/,
          /database is locked/,
          /schema (?:version|is)[^\n]{0,60}(?:newer|older|too|mismatch|not supported|ahead|behind)/,
          /(?:[Cc]reated|[Ww]ritten|[Ii]nitialized|[Uu]pgraded) (?:by|with|from) (?:a |an )?(?:newer|older|different|later|incompatible|MySQL|MariaDB)/,
          /cannot be (?:opened|started|read|used) (?:by|with) (?:this|an older)/,
          /from a (?:newer|previous|future|later) version|(?:Dirty|dirty) database version/,
          /Migration checksum mismatch|Found more than one failed migration|Detected (?:failed|applied) migration/,
          /Validate failed: Migrations|Waiting for changelog lock|Could not acquire change log lock|LockException/,
          /checksum.{0,40}(?:was|is now|liquibase|flyway)|Can't locate revision identified by/,
          /failed migrations? in the target database|P3009|P3005|P3018/,
          /[Mm]nesia.{0,80}(?:error|fail|inconsist|timeout_waiting_for_tables|corrupt)|inconsistent_database/,
          /schema_integrity_check_failed|incompatible_feature_flags/,
          /Data directory .{0,80}(?:incompatible|not empty|contains)|contains an existing/,
          /directory "?\S{1,200}"? (?:exists but is not empty|is not empty)|exists but is not empty/,
          /--initialize specified but the data directory|upgrade_tokens|node with (?:the )?same (?:id|name)/,
          /index .{0,60}(?:incompatible|created (?:with|in)|version)|cannot (?:upgrade|open) (?:a )?node/,
          /Found (?:old|existing) .{0,40}(?:data|indices)|badger.{0,60}(?:lock|corrupt|truncat)/,
          /could not (?:open|read|stat|access) (?:file|directory) "(?:pg_|base\/|global\/)/,
          /unexpected EOF.{0,40}(?:wal|block|segment|index)|mmap[^\n]{0,60}(?:invalid argument|size)/,
          /no space left on device|disk (?:is )?full|ENOSPC/,
        ]),
        unless: anyOf(
          [
            /ECONN|refused|inotify|\bwatch\b|pthread_create|fork:|EAGAIN.{0,20}(?:read|write)|thread|resolve|lookup/,
            /pull(?:ing)? image|download|layer|tmux|response|too many open|table is locked out|account (?:is )?locked/,
            /user (?:is )?locked|JSON|yaml|WARN|leader election|transaction/,
          ],
          'i',
        ),
        weight: 75,
      }),
    ],
    explain: (given) => {
      const lock = /lock|another (?:instance|process)|Resource temporarily|in use/i.test(given.quote)
      const version = /version|upgrade|downgrade|incompatible|initialized by|created (?:by|with)|newer|older|migration/i.test(
        given.quote,
      )
      const full = /space left|disk (?:is )?full|ENOSPC/.test(given.quote)
      const why = full
        ? 'The volume is full.'
        : lock
          ? 'Another instance holds it (two replicas on one volume, an old pod that still ends), or a lock was left behind by one that was killed.'
          : version
            ? 'It was written by another version of the program, which this one does not read.'
            : 'It is damaged, as after a node was lost, a disk ran full or a copy was cut short.'
      return `${who(given)} finds its own stored state and cannot use it. ${spoken(given)}: ${cited(given.quote)}. ${why} Restarting does not help.${ending(given)}${closing(given, /image|volumes|replicas|strategy/)}`
    },
    remedies: (given) => {
      const claims = Object.entries(given.spec?.facts ?? {}).flatMap(([key, value]) =>
        key.startsWith('volume:') && value.startsWith('PersistentVolumeClaim/')
          ? [value.slice('PersistentVolumeClaim/'.length)]
          : [],
      )
      return [
        {
          text: 'First make a copy: take a snapshot of the volume, or stop the workload and copy it away.',
          command: `kubectl get pvc${claims[0] === undefined ? '' : ` ${claims[0]}`}${inNamespace(given)}`,
        },
        {
          text: 'See whether two pods use the same volume at once.',
          command: `kubectl get pods${inNamespace(given)} -o json | jq -r '.items[] | [.metadata.name, (.spec.volumes[]?.persistentVolumeClaim.claimName // empty)] | @tsv'`,
        },
        {
          text: "Then, by case: end the other instance (strategy Recreate, or a StatefulSet); go back to the version that wrote it, and upgrade as the program's manual says; or restore it from a backup or a replica.",
        },
        readPrevious(given),
        ...afterwards(given),
      ]
    },
  },
  {
    code: 'NativeCrash',
    family: 'crash',
    title: 'The program crashes in native code',
    severity: 'critical',
    meaning: 'The program ends by a signal of the CPU or of itself: SIGSEGV, SIGABRT, SIGBUS, SIGILL or SIGFPE.',
    knownBy: [
      'The exit code is 139, 134, 135, 132 or 136, or the log tells of a segmentation fault, an illegal instruction or an abort.',
    ],
    clues: [
      ...said({
        text: anyOf([
          /[Ss]egmentation fault|[Ii]llegal instruction|[Bb]us error|\bSIGSEGV\b|\bSIGILL\b|\bSIGBUS\b|\bSIGABRT\b/,
          /\bSIGFPE\b|[Ff]loating point exception|core dumped|A fatal error has been detected by the Java Runtime/,
          /double free or corruption|malloc\(\): |free\(\): invalid|munmap_chunk|stack smashing/,
          /terminated by signal (?:4|6|7|8|11)\b|exited on signal (?:4|6|7|8|11)\b|signal (?:4|6|7|8|11) \(core/,
          /AddressSanitizer|SIGSEGV \(0xb\)|child process exited with exit code 13[2459]/,
          /exit(?:ed)?(?: with)? (?:status|code)[:=]? ?13[2459]\b|AVX|CPU (?:does not|doesn't) support/,
          /Caught (?:Segmentation|signal)|Fatal Python error: (?:Segmentation|Aborted|Bus|Illegal)|cpu_features/,
          /unsupported (?:cpu|CPU|instruction)/,
        ]),
        unless: anyOf([
          /\[signal SIGSEGV: segmentation violation|received SIG|ignor|checkpoint|handler/,
          /avx (?:is )?(?:enabled|supported|available)|compiled (?:with|to use)|rebuild TensorFlow/,
        ]),
        confidence: 'likely',
        weight: 72,
      }),
      {
        source: 'status',
        confidence: 'likely',
        weight: 40,
        when: ({ state, exitCode }) =>
          (state === 'terminated' || state === 'last') && exitCode !== undefined && nativeCodes.has(exitCode),
      },
    ],
    explain: (given) => {
      const { exitCode } = endOf(given.observation) ?? {}
      const signal = exitCode === undefined ? undefined : signalOf(exitCode)
      const why =
        /[Ii]llegal instruction|SIGILL|AVX/.test(given.quote) || exitCode === 132
          ? `The program uses instructions (such as AVX) that the CPU of node ${nodeOf(given)} does not have, or was built for a newer CPU.`
          : /[Bb]us error|SIGBUS/.test(given.quote) || exitCode === 135
            ? 'A mapped page is not there: huge pages without a limit for them, a full /dev/shm, or a file that was cut while it was mapped.'
            : 'That is a mistake in native code: of the program, of its runtime, or of a library or extension that does not fit the image.'
      return `${who(given)} is ended by ${signal?.name ?? 'a signal'} in native code. ${spoken(given)}: ${cited(given.quote)}. ${why}${ending(given)}${closing(given, /image|nodeSelector|affinity|resources/)}`
    },
    remedies: (given) => [
      readPrevious(given, 'Read what it did last, and the backtrace if it wrote one.'),
      {
        text: 'See whether it happens on all nodes or on some only (another CPU, another kernel).',
        command: `kubectl get pods${inNamespace(given)} -o wide; kubectl get nodes -L kubernetes.io/arch,node.kubernetes.io/instance-type`,
      },
      {
        text: 'Try the release before, or a build for an older CPU (x86-64-v2, a "no-AVX" image); report the backtrace to its makers.',
      },
      ...afterwards(given),
    ],
  },
  {
    code: 'ApplicationException',
    family: 'crash',
    title: 'The program ends by an error in its own code',
    severity: 'critical',
    meaning:
      "An unhandled exception, a panic or a failed assertion in the program's own code, and none of the more specific causes.",
    knownBy: ['The log ends with a stack trace or an uncaught error that matches no more specific cause.'],
    clues: [
      ...said({
        text: anyOf([
          /\b(?:TypeError|ReferenceError|RangeError|AttributeError|NameError|IndexError|KeyError|ZeroDivisionError|AssertionError|RecursionError|UnboundLocalError|NotImplementedError|StopIteration|NullPointerException|ArrayIndexOutOfBounds|IndexOutOfBounds|ClassCastException|IllegalStateException|ConcurrentModification|ArithmeticException|StackOverflowError|NullReferenceException|InvalidCastException|ArgumentNullException|InvalidOperationException|NoMethodError|ArgumentError|FunctionClauseError|MatchError|UndefinedFunctionError|CaseClauseError|NoSuchMethodError|NoClassDefFoundError|AbstractMethodError|ImportError|IndentationError|SyntaxError|TabError)\b/,
          /runtime error: |nil pointer dereference|index out of range|slice bounds out of range/,
          /assignment to entry in nil map|concurrent map (?:writes|read)|all goroutines are asleep|panicked at/,
          /called `(?:Option|Result)::unwrap\(\)|assertion (?:failed|`)|Assertion (?:failed|`)/,
          /PHP Fatal error: {1,3}Uncaught (?:Error|TypeError|ArgumentCount)/,
          /Call to (?:undefined|a member) (?:function|method)|Cannot read propert|is not a function|is not defined/,
          /undefined method|undefined local variable|Unhandled promise|UnhandledPromiseRejection/,
          /Object reference not set|division by zero|divide by zero|stack overflow|Maximum call stack/,
          /circular import|cannot import name|Cannot use import statement|goroutine stack exceeds/,
          /interface conversion: |close of (?:closed|nil) channel|send on closed channel/,
        ]),
        unless: /warn/i,
        weight: 48,
      }),
      ...said({
        text: anyOf([
          /^panic: |panic: |[Uu]nhandled [Ee]xception|[Uu]ncaught (?:[Ee]xception|[Ee]rror)/,
          /Traceback \(most recent call last\)|Exception in thread|^terminate called|\*\* \(EXIT|\*\* \(\w/,
          /Fatal error: Uncaught|PHP Fatal error|^fatal error: |rails aborted/,
          /(?:^|[\s.])[A-Z]\w{1,80}(?:Exception|Error)\b(?::|$| \()|UnhandledRejection|Unhandled rejection|E0\w{3}: /,
          /throw er|Application startup exception|Hosting failed to start|unhandled error/,
        ]),
        unless: /npm ERR|INFO|WARN|DEBUG/,
        weight: 34,
      }),
      ...said({
        text: /^(?:\S{1,40} ){0,3}(?:FATAL|Fatal|fatal)\b|\[FATAL\]|level=fatal|level=panic|^F\d{4} \d\d:|CRITICAL/,
        confidence: 'possible',
        weight: 22,
        when: isOwnFault,
      }),
    ],
    explain: (given) =>
      `${who(given)} is ended by an error in its own code that nothing caught. ${spoken(given)}: ${cited(given.quote)}.${whereOf(given)}${ending(given)} None of the known outer causes (configuration, files, dependencies, memory) shows in the evidence, so the stack trace is the place to start.${closing(given, /image|command|args|env/)}`,
    remedies: (given) => [
      readPrevious(given, 'Read the whole stack trace.'),
      {
        text: 'See whether the failure began with a new image.',
        command: `kubectl rollout history ${(given.observation.subject.workload?.kind ?? 'pod').toLowerCase()}/${given.observation.subject.workload?.name ?? given.observation.subject.name}${inNamespace(given)}`,
      },
      ...afterwards(given),
    ],
  },
]
