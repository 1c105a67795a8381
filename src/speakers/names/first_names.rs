//! First names that people of French shows have, in lower case without accents.
//!
//! A capital alone does not tell a person from a bank or a town; a first name does. Names that are
//! not here need more evidence, see [`super::people`].

use std::{collections::HashSet, sync::LazyLock};

const FIRST_NAMES: &str = "
aaron abdel abdelaziz abdelhak abdelhakim abdelkader abdellah abdellatif abderrahmane abdeslam
abdou abdoulaye abel abigail abraham achille achraf ada adam adama adel adelaide adele adeline
adil adnane adolphe adrian adriana adrien adrienne agathe agnes agnieszka ahmed aicha aida aime
aimee aissa aissatou akira akram alain alan alban albane albert albertine alberto alda alejandro
alessandro alessia alex alexander alexandra alexandre alexei alexia alexis alfred ali alice alicia
alima aline alison alix alma alphonse alphonsine alvaro alya amadou amal amandine amar amaury
ambroise amel amelie amin amina aminata amine amir amira ana anaelle anais anass anastasia anatole
andre andrea andreas andree andrew ange angela angele angeline angelique anicet anis anissa anita
ann anna annabelle anne annick annie anouar anouk anselme anthony antoine antoinette antonella
antonia antonin antonio apollinaire apolline ariane arielle aristide arlene arlette armand armande
armel armelle arnaud arnold arsene arthur asma asmaa assia astou astrid aubin aude audrey augusta
auguste augustin aure aurelia aurelie aurelien aurore awa axel axelle aya ayman aymen aymeric
ayoub aziz azzedine babacar badr bakary balthazar baptiste barbara barnabe barthelemy basile
bastien beatrice beatriz bechir belen benedict benedicte benjamin benoit berangere berenice
bernadette bernard berthe berthold bertille bertrand betty bianca bilal bill binta bjorn blaise
blanche blanchette blandine bob boris boubacar bouchra brahim briac brian brice brigitte bruce
brune bruno calixte camille candice capucine carine carl carla carlos carmen carol carole carolina
caroline casimir catherine cecile cecilia cedric celeste celestin celestine celia celina celine
cesar chafik chaima chakib chantal charlene charles charlie charline charlotte charly cheikh
chiara chloe chris christel christele christelle christian christiane christine christophe
christopher cindy claire clara clarisse claude claudette claudia claudie claudine claudio clea
clelia clemence clement clementine cleo clorinde clothilde clotilde clovis colette colin coline
come constance constant constantin cora coralie corentin corine corinna corinne cosette cristina
cyprien cyriaque cyril cyrille cyrus dalila damien damir dan daniel daniela danielle danny daphne
dario dave david davide debbie deborah delphine demba denis denise denys desiree diana diane didi
didier diego dieter dimitri dina djamel djamila djibril dmitri dolores dominique domitille donald
donatien donna dora dorian doriane dorine dorothee doug dounia dragan driss dylan ed eddy edgar
edith edmond edouard eduardo edwige elaine elena eleonore elia elian eliane elias elie eliette
elio elisa elisabeth elisabetta elise elisee elizabeth ella ellie elliot elodie eloi eloise elsa
elvire elvis ely emeline emeric emile emilia emilie emilien emilienne emilio emily emma emmanuel
emmanuelle enora enrique enzo ephraim eric erica erik erika erin ernest ernestine erwan erwann
esteban estefania estelle esther ethan etienne eudes eugene eugenie eulalie eva evan evariste eve
evelyn evelyne evrard ewen fabien fabienne fabio fabrice fabrizio fadila faiza fannie fanny farah
fares farid farida fatiha fatima fatma fatou fatoumata faustine faycal federica federico felicie
felicien felicienne felicite felipe felix ferdinand ferhat fernand fernanda fernande fernando
filippo fiona firmin flavie flavien fleur flora flore florence florent florentin florian floriane
florine fouad france francesca francesco francine francis francisco franck franco francois
francoise frank franz fred freddy frederic frederik frederique friedrich fritz gabin gabriel
gabriela gabriele gabriella gabrielle gael gaelle gaetan gary gaspar gaspard gaston gauthier
gautier gedeon genevieve geoffrey geoffroy george georges georgette gerald geraldine gerard
germain germaine ghania ghislain ghislaine ghita ghizlane giacomo gianni gilbert gilberte gildas
gilles gina ginette giorgio giovanna giovanni gisele giulia giuseppe gladys godefroy gontran
gonzague gonzalo goran goulven grace greg gregoire gregor gregory greta gretel guadalupe gudrun
guenole guerric guilhem guillaume guillemette gunter gunther gustave guy gwenael gwenaelle gwendal
gwendoline gwenola gwladys habib habiba hacene hadrien hafid hafida hafsa hajar hakim hakima
halima hamid hamza hanane hanna hannah hans harold harriet harry hassan hatem hawa hayat hector
heidi heinrich helen helena helene helmut heloise henri henriette henry hermann hermine herve
hicham hilaire hilda hind hippolyte hoa hocine honore honorine horace hortense houda houria hubert
hugo hugues hyacinthe ian ibra ibrahim ibrahima ida idir idris idriss ignace ignacio igor ihsan
ikram ilan ilham iliana ilias ilona ilse ilyas ilyes imad imane ines ingeborg ingmar ingrid inigo
irena irene irina iris irma isaac isabel isabella isabelle isaline isaure isidore ismael ismail
issa ivan ivana jack jacky jacob jacqueline jacques jade jaime jalil jamel james jamila jan jana
jane janet janine jasmine jason javier jawad jean jeanette jeanine jeanne jeannette jeff jennifer
jenny jeremie jeremy jerome jerry jessica jessie jesus jihane jill jim jimmy jo joachim joan joana
joanna joanne joao joaquim joaquin jocelyn jocelyne joe joel joelle joey johan johann johanna
johanne john johnny jonas jonathan jordan jordane jorg jorge jose josee joseph josephine josette
joshua josiane josse josselin josselyne joy juan juana judicael judith judy jules julia julian
juliana julie julien julienne juliette juline julius jun jurgen jurgis justin justine kader
kadiatou kahina kamal kamel kaoutar karen karim karima karin karine karl katarzyna kate katell
kathleen katia katy keith kelly keltoum ken kenji kenneth kenza kevin khadidja khadija khaled
khalid killian kim klaus krzysztof kylian lambert lamia landry lara larissa larry lars latifa
laura laure laureen laurence laurene laurent laurette lauriane laurianne laurie laurine lazare lea
leandre leane leila lena leo leon leonard leonardo leonce leone leonie leonor leontine leopold
leopoldine leslie leyla lia liam lila lilia lilian liliane lilou lily lina linda line linh lionel
lisa lise liselotte lisette lison livia liz liza loan loic loick lois lola lorena lorene lorenzo
loris lotfi lothaire lou louane louis louisa louise louison louka louna lounes loup lourdes luc
luca lucas luce lucette lucia luciano lucie lucien lucienne lucile lucille lucy ludivine ludmila
ludovic luigi luis luisa lukas luna lydia lydie lyes madeleine madeline mado mael maelle maelys
maeva magali magalie magdalena maggy magid mahaut mahdi mahmoud mai maia maimouna maite maiwenn
malak malek malick malik malika malo malvina mamadou mamoudou manel manon manu manuel manuela
manuella mara marc marceau marcel marcelin marceline marcelle marcello marco marcus marek margaret
margaux margot marguerite maria mariam mariama mariame marianne marie marielle mariem marika
marilou marilyn marilyne marin marina marine mario marion marius marjolaine marjorie mark marlene
marouane marta martha marthe martial martin martine marwan mary maryam maryline maryse maryvonne
massimo massinissa mateo mathias mathieu mathilde mathis mathurin mathys matteo matthias matthieu
mattia maud maurice mauricette maurizio max maxence maxime maximilien maxine maya mayeul mederic
megan mehdi melanie melchior melina melissa melodie melusine melvin mercedes meriem merlin meryem
meryl messaoud mia michael michel michela michele micheline michelle miguel mikael mike mikhail
mila milan milena milo milos mina ming minh mira mirabelle mireille miriam mohamed mohammed mohand
moise mokhtar mokrane molly mona moncef monica monika monique morgan morgane mouloud mounia mounir
mounira mourad moussa moustapha muriel murielle mustapha myriam nabil nabila nacer nacera nadege
nadia nadine nadir nadira nadjib nahla naim naima najat nancy naomi narcisse nassim nassima
natacha natalia nathalie nathan nathanael nawal nawel ndeye neil nelly nelson nestor nicephore
nick nicola nicolas nicole nicoletta nigel nils nina nino ninon nizar noa noam noe noel noelie
noelle noemie nolan nolwenn noor nora norbert nordine nour noura noureddine nuno oceane octave
octavie octavien odette odile odilon odin ogier olaf olga oliver olivia olivier olympe omar
ombeline omer ondine onesime oona ophelie oriane oscar ottavia otto ouassila ouiza oumar oumou
ousmane pablo paco pacome paloma pam pamela paola paolo pascal pascale pascaline patrice patricia
patricio patrick paul paula paule paulette paulin pauline paulo pavel pedro peggy penelope perle
perrine peter petra petronille phil philemon philibert philippe philippine philomene pierre
pierrette pierrick pierrot pietro pilar piotr placide pol priscilla prudence prune quentin
quitterie rabah rachel rachid rachida rafael rafaele rafik rafika rahma rainier raissa ralph
ramiro ramon ramzi raoul raphael raphaelle raquel rayan raymond raymonde rebecca redouane regine
regis reine remi remy renaud rene renee reza rhita riad ricardo riccardo richard rim rita robert
roberta roberto robin roch rocio rodolphe rodrigo rodrigue roger roland rolande romain romane
romaric romeo romuald romy ron ronan rosa rosalie rosario rose roseline roselyne rosemarie
rosemonde rosie rosine roxane roy rozenn ruben rudy rui russell ruth ryan saad saadia sabah sabin
sabine sabri sabrina sacha sadek safia said saida salah salif salim salima sally salma salome
salomon salvador salvatore sam samantha samba sami samia samiha samir samira samuel sana sanaa
sandie sandra sandrine sandro sara sarah sasha saul savannah savinien scott sean sebastian
sebastien segolene selena selim selma seraphin seraphine serena serge sergei sergine sergio
serguei severin severine seydou sharon sheila shirley sibylle sidney sidonie sigolene siham silvia
simeon simon simona simone sixtine slim sliman slimane slobodan sofia sofiane soizic solange
soledad solene solenn solenne soline solveig sonia sophia sophian sophie soraya soren sosthene
souad soufiane soukaina souleymane stan stanislas stefan stefania stefano stella stephan stephane
stephanie stephen steve steven stuart sue suzanne suzette suzie suzon sven swann sybille sylla
sylvain sylvaine sylvere sylvestre sylvia sylviane sylvie symphorien tahar tamara tamim tancrede
tanguy tania tara tarek tarik tassadit tatiana ted teo teresa terry tess tessa thais thea thelma
theo theodora theodore theodule theophile theresa therese thiago thibaud thibault thibaut thiebaut
thierno thierry thomas thorsten tiago tifenn tim timothe timothee tina tiphaine titouan titus
tiziana tobias tom tomas tomasz tommy toni tony torsten toufik toussaint tracy tresor tristan
tugdual ugo ulla ulrich ulrike ulysse umberto urbain ursula ute uwe valentin valentina valentine
valere valerian valeriane valerie valerio valery vanessa vanina vasco venance vera veronique
vianney vicente victoire victor victoria victorien victorin victorine vincent vincenzo vinciane
violaine violette virgil virgile virginia virginie vittorio vivian viviane vivien vladimir wafa
wahid walid walter wanda wandrille warren wassila wassim wei wendy werner wided wilfrid wilfried
wilhelm will william willy xavier xaviere ximena yacine yael yaelle yahia yamina yan yang yanis
yann yannick yannis yasmin yasmina yasmine yassin yassine yazid yoan yoann yohan yohann yolaine
yolanda yolande yolene yoni youcef younes youri youssef youssouf ysaline ysee yseult yuki yvain
yvan yves yvette yvon yvonne yvonnick zacharia zacharie zahia zahra zakaria zazie zeinab zelda
zelie zenobie zephirin ziad zineb zineddine zita zoe zofia zohra zoran zoubir zoulikha
";

/// Whether `key`, folded as tokens are, is a first name; of « jean-michel » each part.
pub(super) fn is_first_name(key: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> =
        LazyLock::new(|| FIRST_NAMES.split_whitespace().collect());
    !key.is_empty() && key.split('-').all(|part| NAMES.contains(part))
}
