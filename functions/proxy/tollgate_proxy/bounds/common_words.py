"""Common words and how many tokens each is at most, whichever the model.

Derived by counting: the lower-case words that occur in most texts, documentation and source code, each
between other words and between quotation marks, also with a capital, by the vocabularies of GPT-4, GPT-4o and
GPT-5, Llama 2 and 3, Gemma 3, Mistral 7B and Nemo, DeepSeek V4, Qwen 2.5 and 3.6, and by ctok
(https://github.com/sanderland/ctok), which reproduces the counts of Claude 3 to 5, whose vocabularies aren't
published. A word's figure is the largest that any of them gives. Claude since Opus 4.7 decides nearly all.
"""

from __future__ import annotations

_ONE = """
able about access account act action active add added address af after again age al align all also although
always am an and android any api app append application are area args around array art article as async at au
author available await away back background band base based be because before being best between big black
block board body book border both box br break build building built business but button by call called can
card care case category center change char character check child children city class click client close co
code col color column com come command common company component components con config console const container
content context control core could count country course create created css current da data database date day
days db de def default define del der description design details device df did die display div do document
does don done double down download due each el element else em email en end env err error es est et even
event events every example except export express external face false family far features field file files
final find first five float font for force form format former found four free from front full func function
future game general get git global go going good google got green group had half has have he head header
health height held help here high him his history home host house how href html http human id if im image
images img import important in include index info information init input install int into io is it item items
its java job join js json just key know known la label land language large last late law le left len length
less let level li library license life light like line link links list live load local location log login
long look low made main major make making man management many map master match material math max may md me
media member members message met method min model models module month more most move must my name named names
native need net network never new news next night no node non none not note now np null num number object of
off old older on once one online only op open option options or order org original os other others our out
output over override own package page par para param params part party password path people per period person
place play point points port position post power present press price print private process product production
products program project property props public published push put py python query question random range re
read real record records red region register related release render report req request require required res
response result results return review right role room root round route router row run running same save say
school score script se search second section security see select self send series server service services
session set share short should show side since single site six size small so social some something source
space span special split square src st star start state states static status std step store str string
student style success such super support system table take target task td te team template term test text th
than that the then there they think third this though three through time times title to token too top total
track train training true try two type types un under union units until up update url us use used user
username users using util val value values var version very via video view views void was water way we web
week well were west what when where which while white who why width will win window with without won word
words work working works world write written www year you your
"""

_TWO = """
ab ability abort above abs absence acc accept accident according across acting actions activate activated
activation actively activities activity actor actual actually ad adding addition additional addr adds admin
administration admission advance advice advised affect against agent agents agree alert alias alive allow
allows almost alone along already alt alter among amount angle animation announce announced another answer
anything apart appear appears applications applied applies apply applying approach approval approved apps
arch archive areas aren arg argument argv aria arr articles ask asked asking assert assets assign assist
associate associated association assume attach attached attack attention attr audience audio auth authority
authors auto availability average aware axis backed backend backup bad badge balance bar bare bases basic
basically basis batch became become been begin behind believe belong below beta better bin binary bind
binding bit bits blame blank bless blog blue bold bool bother bound branch branches brand brief bright bring
broad broke broken brought browser budget buf bug builder builds byte ca cache cached callback caller calling
calls came cap capability capable capital caption capture careful carried carries carry cases cast catch
categories caught cause causes cell cells central cert certain chain chance changed changes changing channel
channels characters charge charset chat checked checking checks choice choices choose circle circular claim
claims classes classic classification classified clause clean clear clients clock clone closed closely closer
closest closing closure cls codes coding collect collected collection collections collision colon colors
colour columns combination combine combined comes coming commands comment comments commit committed
communication communications communities community comp compact compare compared compat compile complement
complete completed completion complex composed composition compound compress compression compute computer
concept concern cond condition conf conference confident configure configured conform confused conn connect
connected connection connections cons consider consist consists constant constants construct construction
consult consume cont contact contain contained containers containing contains contents continue continued
continues contract controller controls conv convention convert converted copied copies copy corner correct
cos cost costs counter countries counts couple cover covered covering covers crash creates creating creation
creator credit critic critical cross cur curl currency currently custom customer customers cut daily damage
dark dates dead deal debug dec decide decided decision decl declare declared decode deep defined defines
definition degree delay delete delta demand denied dep depend depending depends depth derived desc describe
described designated designed desired despite dest destination detail detect detected detection determine dev
develop developed developer devices dict didn diff differ difference different digest digit digital digits
dim dir direct directed direction directions directly directory disable disc discount discover disk dist
distance divide divided division django doc documents doing domain dot draft drain draw drive driven driver
drop drops dry dual dump duration during eager early east easy echo ed edge edges edit edited editing editor
effect effective effects effort either elements elif emails embed emit empty enable enables enc encode ended
endif ending ends engine engines enough enter entered entering entire entities entity entries entry enum
environment environments eq equal equality equals errors escape especially essential etc eval ever everything
ex exact examine examples exc exception excess exec execute executed execution exist existence existing
exists exit exp expand expect expected experience explain explained explains explore exports expr expression
ext extend extended extends extension extent extern extra extract facility facing fact factor factors factory
fail failed failing fails failure fake fall falling falls fast faster fault favor feature featured feed feel
few fields figure figures filename fill filled filling filter filters finally finding findings finds fine
finish finished fire fit fix flag flags flat flex flight floor flow flush fn focus focused fold folder follow
followed following follows foo footer forced forces forever forget fork formats formed forms formula forward
frame frames framework friend friends fully fun functional functions further gather gave gen generally
generate generated generating generation generations generator generic gets getting give given gives giving
glob goal goes gone goto government grant granted grants graph great greater grep grid ground groups grow
growing growth guard guess guide guides hack hand handful handle handled handler handles handling happen
happy hard harder hash haven having headers heading heard hello helper helping helps hence hex hide highly
hint historic hit hold holder holding holds honor hook hope hour hours however huge icon idea ident identical
identification identified identify identity ids idx imag impact impl implement implements implications
implied importance imports inc included includes increment ind indent independent indices inf infer inform
informed initial initially inject injection inline inner ins insert inside inst installation installed
installing instance instances instant instead integer integral integration intended intent intention inter
interact interest interested interface interior intern internal international internet interval intro isn
issue issued issues iter itself joined joining journal jump justify keep kept keys kill killed kind knows
labels lack lang languages larger largest later latest latter launch launched layer layers layout lead
leading leads leak learn learned learning least leave legal lets letter letters letting levels liability lib
likely limit limited limits linear lines linked listed listen listener listening listing lists literal
literally little lives ll loader loading loads loc locale locally locals locate located locations lock locked
logged logger logging logic logical logo logs longer longest looked looking looks loop loose lose losing loss
lost lot lower machine macro magic mail maint majority makes manage managed manager managers managing manner
manual manually maps margin mark marked marker markers marks mask mass matched matches matching materials
matter matters mean means meant measure measures medical medium meet mem membership memory mention menu
merely merge mess messages meta meth methods metric micro mid middle might migration million mind mini minor
minute miss missed missing mock mod mode modern modes modification modified modify modules moment money
months mount moved moves moving msg much multi myself nan national natural nature ne near needed needs neg
negative neither networking networks newest newly nice nil noise nor norm normal normally noted notes notice
notification notify nums obj objective objects observation observations observe observed occur offer offered
offering offers office official offset often ok ones onto opened opening opens operate operates operating
operation operational operations operator operators opt optional opts orange ord orders organization orig
origin originally outer outline outside overall overview owned owner owners owns pack packages packed packet
pad padding pages pair panel paper parent parents parse parser partial particular parties partition parts
pass passed passes passing past pat patch paths pause pay payload payment peer pending percent perf perform
performance performances performed performing periods permission permit persist personal persons phase phone
physical pick picked picture piece pip placed placement places plain plan planned planning plans platform
played playing please plus pod policies policy political poll pool pop popular population portable portion
portions ports pos positions positive possible posting potential powers pre precision pred predict preference
presence presented prev preview previous previously primary prime principal printed printer printf printing
prints prior priority pro probability probably probe problem proc processed processes processing processor
prod produce produced producer produces producing profile programming programs progress projection projects
promise promises promote prop proper properties protect protected protection proto provide provided provider
providers provides provision publication publish pull pure putting quality queries questions queue quick
quite quote race raise raised raising rand rank rare rate rates rather rational raw reach reached reader
readers reading reads ready reality really reason rec receive received recent recording recover ref refer
reference references referred referring refers refused reg regard regex regional regions registered
registration registry regular reject rel relating relation relations relative released reload rely rem remain
remains remember remote removal remove removed removing rep repair repl replace reply repo reported reports
repository repr represent representation represents requested requests requires research reset resize resort
resource resources resp respect respective respond responded responses rest restart restore resume ret retain
retired retry returned returning returns rev revision rich rights risk robust roles roll roots routes routine
rows rule rules runner runs safe said sample samples saved saving saying says scale scan schema scope scores
screen searching sec secret sections secure seed seek seem seems seen segment segments selected selection
selector sell selling sender sending sends sense sent sep separated separation ser serial serious serve
served servers serves serving sets setting settings setup sh sha shall shape shared shares shell shield shift
showed showing shown shows sides sig sign signal signals signature signed signing signs silence silent
similar simple simply sin sites skill skills skip slice slight slot slots slow smart sock socket soft
software solely solid solution solve someone soon sort sound sources speak spec specific specified specify
speech speed spend spent spread stability stable stack stage stages stand standard standards standing stands
started starting starts startup stat stated statement statements stats stay stays steps still stop stops
storage stored stores straight strange stream streams strength strict stride strings strip strong struct
structural structure structures stub styled styles sub subject submission submit subs substr successful suite
sum summary supply supported supports sure surface swap switch sync sys systems tab tables tag tags tail
taken takes taking talk talking tar targets taught technical technique technology tell telling tells temp
templates terms tested testing tests texture their them theme theory these thing things those thought thread
threads throw throws thus tied timer timing titles today todo together told took tool tools topic topics
totally touch tr trace trade trait trans transform transition translate translated translation transport
treat treated tree trees trick tried tries trim trip triple trust truth trying turn turned turning turns
twice txt typ typename typical typically typing uint unable understand understood unique unit universal
unless unset unused updated updates updating upload upon upper uri usage uses usual usually utf utility utils
valid validate validation validator variable variables variant variation variations variety various vars vary
ve vector ver verification verified verify versions violation visible vision visit visited visual voice
volume wait walk walking want wants warn warning watch watching ways weak weather website weight weights
weird went whether whole whom whose wide widely widget windows wire wish within worked worker workers worry
worse worth would writer writers writes writing xml years yes yet yield zero zip zone
"""

_THREE = """
absolute abstract accepted accepting accessed accessible accordance accounting accounts accurate achieve
achieved acquire acquired adapter addressed addresses adjust administrative advanced advantage advertising
affected affects agreed agreement ahead alignment alloc allocate allocated allowed allowing alongside alpha
alternate alternative analysis analytics analyze anchor ancient annotation announcement answered answers
anymore anyone anyway apparent apparently appearance appeared applicable approaches approximately
architecture arguments arrays arrow artificial aspects assembly assigned assignment assistant assumed
attachment attacks attempt attempted attempting attempts attribute attributes attrs authentication
authorization authorized automated automatic automatically avoid becomes becoming beginning begins behalf
behavior belongs benefit benefits beyond blocked blocking blocks bodies boolean bottom boundary bounds
breaking breaks bucket buffer bugs bundle bytes calculate calculated calculation calendar campaign cancel
candidate candidates cannot capacity captured carefully carrying catalog caused causing certainly certificate
challenge chapter checkout choosing chosen chunk circuit cleared clearly clicking cloud cluster cmd collapse
collecting colspan commercial commonly communicate companies companion comparison compatible compiled
compiler completely completing complexity compliance complicated computing concepts concerned concerns
concrete conditions confidence confidential configuration confirm conflict confusion connecting consequences
conservative consideration considered considering consistent consistently constantly constraint constraints
constructed constructor consumer consumers consumption continuing continuous contrast contrib contribute
contributed contribution contributions contributors controlled convenience convenient conversation
conversations conversion cookie cookies copyright correctly correspond corruption couldn coverage credentials
criteria crypto cursor cycle cycles dataset datetime deadline dealing decimal decisions declaration
declarations decoration decrease defaults defensive definitely definitions degrees delayed delegate deleted
deliver delivered delivery department dependent deployment describes describing destroy destruction detailed
determination determined determining developing dialog differences differently difficult dimension disabled
discovered discovery discuss discussed discussing discussion discussions displayed displays distinct
distribute distributed distribution documentation doesn drawing drivers dropped dtype dummy earlier easier
easily effectively efficient electronic eligible elseif embedded enabled enabling encoded encoding encounter
encountered encourage engineering ensure ensures entirely environmental epoch essentially establish
established estimate estimated eventually everyone evidence exactly exceed excellent excessive exchange
exclude exercise expanded expanding expansion expectations expecting expensive experiment experimental
experiments explanation explicit exposed expressed expressions extensions extensive extremely facilities
fairly familiar families fashion fatal favorite feedback fetch fewer filtered fitness fixed fixture flavor
flexible floating foreach foreign formatted foundation fourth fraction fragment frequency frequently fresh
friendly frozen functionality furnished garbage governing graphics greatest guidance happened happening
happens hardware heavily helpful hereby hidden higher highest highlight highlights historical hosted hosts
hundred identifier identifying ignore ignored illegal immediate immediately implementation implemented
implementing implicit importantly impossible improve improved improvement improving incoming increase
increased increases increasing indicate indicated indicates indicating indicator indirect individual
individuals influence initialization initialize initialized inputs inserted inspect inspection inspired
instruct instruction instructions instrument integrated integrity interaction interactions interactive
interesting interpret intersection introduce introduced introduction invalid inventory investigate
investigation invoke involve involved involves involving isolated iteration iterator jobs keeping keeps
kernel keyword keywords kinds lambda lazy leaves leaving legacy libraries licensed licenses limitation
limitations listeners loaded lookup lowest machinery machines mainly maintain maintained manifest mapping
matrix maximum maybe meaning measured measurement measurements metadata metrics minimal minimum minutes
mirror mistake mixed modifier monitor mostly mouse multiple namespace narrow naturally navigate navigation
nearest nearly necessary nodes normalize nothing notifications nullable numbers numpy obtain obtained obvious
obviously occurred occurs officially opinion opposed opposite optimization ordered ordering organizations
orientation outcome outputs overflow ownership packaging pairs parallel parameter parameters parsed
participants participating particularly pattern patterns percentage perfect permanent permissions permitted
perspective phrase pictures pieces pixels platforms plugin plugins pointed pointer pointing possibility
possibly potentially powerful practical practice practices precise precisely predicted prediction prefer
preferences preferred prefix preparation prepare prepared preparing presentation preserve pressure pretty
prevent pricing primarily principle problems procedure procedures proceed professional profiles prominent
promotion prompt properly proposal proposed protecting protocol providing proxy publicly publishing purpose
purposes pushed pushing qualified quantity quickly quiet quoted quotes ranges rarely ratio reaches reaching
readonly reasons receiver receives receiving recently recipes recipient recognition recognize recognized
recommend recommended recorded recovery redirect reduce reduced reducing reduction reflect reflection refresh
regarding regardless regularly rejected relationship relationships relatively releases relevant reliable
remaining rendered rendering repeat repeated replaced replacement replacing reporter reporting representative
representatives represented representing requirement requirements requiring reservation reserved resolution
resolve resolved respectively responsible restrict restricted restriction resulted resulting revealed reverse
rotate rotation roughly rounded runtime safely safety scalar scenario schedule scheme scientific scratch
scripts scroll secondary seconds secrets seeing selecting sentence separate separately sequence serializer
seriously sessions several shadow shapes sharing shipped shorter significant significantly situation
situations sizes sleep slightly smaller smallest solutions somehow sorted spaces spawn speaking specialized
specifically statistics stdout stopped stopping strategies strategy streaming strictly strongly stuff
submitted subscription substantial succeed successfully suffix suggest suggested suggests suitable supplied
supplies supporting supposed suppress surprising survive suspended symbol symbols syntax targeted tasks
temperature temporary terminal terrible thanks therefore thinking thousands threshold throughout throwing
thrown ticket timeout toggle tokens toward towards tracking tracks traditional traffic trailer transaction
transactions transfer transferred transformation transformed transmission transparent treatment trigger
triggered trouble trusted tuple typedef typeof undefined underlying understanding uniform unittest unknown
unlike unlock unusual useful uuid vendor verbose vertical virtual visibility visitor volatile waiting wanted
warnings wasn welcome whatever wheel wheels whenever whereas wherever wrap wrong wrote yellow yourself zeros
"""

# The most tokens of a word, with the space before it; one more with a capital.
TOKENS = {word: tokens for tokens, words in ((1, _ONE), (2, _TWO), (3, _THREE)) for word in words.split()}
