import { anyOf } from '../any-of.ts'
import type { Cause } from '../cause.ts'
import { inNamespace, who } from '../wording.ts'
import { afterwards, cited, closing, ending, readPrevious, spoken } from './case.ts'
import { said } from './said.ts'
import { errorNames } from './vocabulary.ts'

/** What a program has stored, and cannot use any more. */
export const storedStates: readonly Cause[] = [
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
          /[Nn]o space left on device|[Dd]isk (?:is )?full|ENOSPC/,
        ]),
        unless: anyOf(
          [
            /ECONN|refused|inotify|\bwatch\b|pthread_create|fork:|EAGAIN.{0,20}(?:read|write)|(?:create|start|new|native) (?:\w{1,20} )?threads?\b|resolve|lookup/,
            /pull(?:ing)? image|download|\blayers?\b|tmux|response|too many open|table is locked out|account (?:is )?locked/,
            /user (?:is )?locked|JSON|yaml|leader election|transaction|double free|heap corruption|prev_size|linked list/,
          ],
          'i',
        ),
        weight: 75,
      }),
      ...said({ text: errorNames.stored, unless: /HTTP|JSON|yaml|optimistic|StaleObject/i, weight: 62 }),
      ...said({
        text: anyOf(
          [
            /open \S{0,200}\.(?:db|bolt|sqlite3?|ldb|wal|mdb|idx|snap)\b: (?:invalid argument|input\/output error|timeout|resource|unexpected)/,
            /(?:bolt|db|database|store|index) file\b[^\n]{0,40}(?:timeout|locked|in use|invalid|truncated)/,
            /(?:could not|cannot|can't|failed to|unable to|error) (?:\w{1,20} ){0,2}?(?:decod|read|load|open|pars|replay|recover|restor|appl)\w{1,6} (?:the |a |from |of )?(?:\w{1,20} ){0,3}(?:snapshot|wal|journal|segment|oplog|redo log|tablespace|ledger|chunk|shard|checkpoint|raft log|state file|data file|metadata log)\b/,
            /(?:could not|cannot|can't|failed to|unable to) (?:acquire |obtain |get |take )?(?:a |an |the |its |exclusive )*lock\b/,
            /downgrad(?:e|es|ing) (?:is |are )?not (?:supported|possible|allowed|permitted)|version of the (?:data|database|schema|index|store)/,
            /(?:data|database|schema|index|store|storage|snapshot|file) (?:\w{1,20} )?version\b[^\n]{0,60}(?:newer|higher|greater|later|older|lower|not supported|unsupported|mismatch|does not match)/,
            /before (?:upgrading|updating|starting the new)|upgrade (?:path|from)\b[^\n]{0,40}(?:not supported|unsupported)|saved cluster name|required feature flag/,
            /(?:database|schema|storage|data directory) (?:is |has )?(?:not (?:yet )?(?:been )?|un)initiali[sz]ed|need to (?:initiali[sz]e|migrate|upgrade) the database/,
            /(?:database|schema|store|storage|index|data) (?:needs?|requires?) (?:a |an |to be )?(?:bootstrap|migrat|upgrad|initiali|repair|reindex|recover)\w{0,8}|(?:is|are) not formatted\b|unformatted/,
            /input\/output error|\(os error 5\)|do(?:es)? not match the (?:database|data|stored|cluster|index|one stored)/,
            /(?:system|cluster|node|broker|instance|volume) ?(?:id|uuid|name)s? mismatch|belongs to (?:an?other|a different) (?:cluster|node|instance)/,
            /not upgrad(?:e)?able|upgrade to \S{1,30} first|cannot (?:be )?upgraded? (?:directly )?(?:from|to)\b/,
            /inconsistent_cluster|thinks it's clustered with|not (?:be )?safe to bootstrap|safe_to_bootstrap|split[- ]brain/,
            /seems we're already running|already running\?? ?\(pid|stale (?:pid|lock)|lock file (?:is )?(?:already )?(?:exist|present|held)/,
            /migrations? (?:are|is) pending|pending migrations?|schema (?:is )?(?:out of date|not up to date|outdated)|database (?:is|needs) (?:not up to date|out of date|to be (?:upgraded|migrated))/,
            /(?:data|metadata|log|index|snapshot|segment|journal|state|record)s?\b[^\n]{0,60}(?:is|are|was|appears? to be|has been) (?:damaged|corrupt(?:ed)?|inconsistent|truncated|incompatible)/,
            /(?:load|read|replay|recover|restor)(?:ing)? (?:\w{1,20} ){0,3}(?:log|journal|snapshot|record|segment|metadata|state|index|database|data)\b[^\n]{0,60}(?:fail|error|corrupt|invalid)|error (?:loading|reading|replaying|recovering) (?:\w{1,20} ){0,3}(?:log record|journal|snapshot|segment|state file|index)/,
          ],
          'i',
        ),
        unless:
          /JSON|yaml|HTTP|response|config(?!uredclust)[^\n]{0,20}(?:file|map)|info:|warn|lock memory|mlock|\bleader|\blease\b|password|not specified/i,
        weight: 68,
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
]
